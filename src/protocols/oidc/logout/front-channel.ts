import type { InstanceId, SessionId } from "../../../kernel/ids.ts";
import type { ClientReader } from "../../../modules/application/client.queries.ts";
import type { SessionGrantReader } from "../../../modules/grant/session-grants.queries.ts";

/** The addresses that a browser opens in frames, so that each client forgets its user (Front-Channel Logout 1.0 §2). */
export type FrontChannelLogouts = (
  instance: { readonly instanceId: InstanceId; readonly issuer: string },
  sessionIds: readonly SessionId[],
) => Promise<readonly string[]>;

/** More applications than one person is signed in to; each frame is a page that the browser has to load. */
const framesMost = 30;
const rowsMost = 500;

/**
 * OpenID Connect Front-Channel Logout 1.0 §2, §3: of every client with such an address that somebody was signed in to by
 * one of the sessions. To be asked before they end. `iss` and `sid` always go along, so that nobody else can sign people out.
 */
export const frontChannelLogouts =
  ({
    clients,
    sessionGrants,
  }: {
    readonly clients: Pick<ClientReader, "find">;
    readonly sessionGrants: Pick<SessionGrantReader, "clientsOf">;
  }): FrontChannelLogouts =>
  async ({ instanceId, issuer }, sessionIds) => {
    const signedIn = await sessionGrants.clientsOf(instanceId, sessionIds, rowsMost);
    const known = new Map<string, string | null>();
    for (const { clientId } of signedIn) {
      if (known.has(clientId)) continue;
      const client = await clients.find(instanceId, clientId);
      known.set(clientId, client?.settings.frontChannelLogoutUri ?? null);
    }
    const addresses = signedIn.flatMap(({ clientId, sessionId }) => {
      const uri = known.get(clientId) ?? null;
      const protocol = uri === null ? null : URL.parse(uri)?.protocol;
      if (uri === null || (protocol !== "https:" && protocol !== "http:")) return [];
      return [`${uri}${uri.includes("?") ? "&" : "?"}${new URLSearchParams({ iss: issuer, sid: sessionId })}`];
    });
    return addresses.slice(0, framesMost);
  };
