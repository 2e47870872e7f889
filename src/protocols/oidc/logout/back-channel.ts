import type { InstanceId } from "../../../kernel/ids.ts";
import type { Instant } from "../../../kernel/time.ts";
import type { ClientReader } from "../../../modules/application/client.queries.ts";
import { logoutNotice } from "../../../modules/grant/end-with-session.ts";
import { sha256 } from "../../../platform/crypto/secret.ts";
import type { Dialer } from "../../../platform/dial/dialer.ts";
import type { OidcInstance } from "../instance.ts";
import type { ClientJwt } from "../tokens/client-jwt.ts";
import { subjectFor } from "../tokens/subject.ts";
import { logoutTokenClaims } from "./logout-token.ts";

/** What of an instance stands in logout tokens. */
type Teller = Pick<OidcInstance, "issuer" | "subjectKey">;

export type BackChannelDeps = {
  readonly clients: Pick<ClientReader, "find">;
  readonly clientJwt: ClientJwt;
  readonly dialer: Pick<Dialer, "fetch">;
  readonly tellerOf: (instanceId: InstanceId) => Promise<Teller>;
  readonly now: () => Instant;
};

/** The relying party did not take the message; it is sent again. */
class LogoutNotTaken extends Error {
  override readonly name = "LogoutNotTaken";
}

/** Where an answer would only keep others waiting. */
const call = { timeoutMs: 5_000, maxBytes: 65_536 } as const;

/** A name of the message that is the same at every attempt, and tells nothing. */
const messageIdOf = (key: string): string => Buffer.from(sha256(key)).subarray(0, 16).toString("base64url");

/**
 * Tells one client that a session has ended (OpenID Connect Back-Channel Logout 1.0 §2.5). Rejects when the client did
 * not take it (§2.8: anything but 200; many frameworks answer 204), so that the outbox tries again.
 */
export const backChannelLogout =
  ({ clients, clientJwt, dialer, tellerOf, now }: BackChannelDeps) =>
  async ({ instanceId, key, payload }: { instanceId: InstanceId; key: string; payload: unknown }): Promise<void> => {
    const notice = logoutNotice.parse(payload);
    const client = await clients.find(instanceId, notice.clientId);
    const uri = client?.oidc?.backChannelLogoutUri ?? "";
    if (client === null || uri === "") return;
    const teller = await tellerOf(instanceId);
    const claims = logoutTokenClaims(notice, {
      issuer: teller.issuer,
      subject: subjectFor(teller, client, notice.userId),
      messageId: messageIdOf(key),
      now: now(),
    });
    const { write } = await clientJwt(instanceId, client, "logout_token");
    const { status } = await dialer.fetch(uri, {
      ...call,
      method: "POST",
      headers: { "content-type": "application/x-www-form-urlencoded" },
      body: new URLSearchParams({ logout_token: await write(claims) }).toString(),
    });
    if (status !== 200 && status !== 204) throw new LogoutNotTaken(`status ${status}`);
  };
