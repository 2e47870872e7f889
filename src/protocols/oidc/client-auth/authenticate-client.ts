import { type ClientId, clientId, type InstanceId } from "../../../kernel/ids.ts";
import { epochSeconds } from "../../../kernel/time.ts";
import type { Client } from "../../../modules/application/client.queries.ts";
import { registeredMethod } from "../client.ts";
import { endpoints } from "../endpoints.ts";
import type { Entered } from "../enter.ts";
import { OAuthError } from "../errors.ts";
import type { FindNamedClient } from "../registration/metadata-document.ts";
import { rulesOf } from "../security-profile.ts";
import { readAssertion } from "./assertion.ts";
import { readBasic } from "./basic.ts";
import { clientAuthMethods, type ProofDeps } from "./methods.ts";
import { readName } from "./none.ts";
import { readPost } from "./post.ts";
import type { ClientRequest, ReadClientAuth } from "./presented.ts";

export type AuthenticateClientDeps = ProofDeps & {
  readonly findClient: (instanceId: InstanceId, clientId: ClientId) => Promise<Client | null>;
  /** where a request can be the first of a client that is named by the address of its metadata */
  readonly findNamedClient: FindNamedClient;
};

/** Which client calls, on which instance and when. */
export type AuthenticateClient = (entered: Entered, request: ClientRequest) => Promise<Client>;

/** Where credentials can stand in a request. */
const readers: readonly ReadClientAuth[] = [readBasic, readPost, readAssertion, readName];

/** RFC 6749 §2.3, §3.2.1: which client calls. Every refusal looks the same, so that client ids cannot be probed. */
export const authenticateClient =
  ({ findClient, findNamedClient, ...deps }: AuthenticateClientDeps): AuthenticateClient =>
  async ({ ctx, instance }, request) => {
    const [presented, second] = readers.flatMap((read) => read(request) ?? []);
    if (second !== undefined) {
      throw new OAuthError("invalid_request", { description: "More than one way of client authentication was used" });
    }
    if (presented === undefined) throw new OAuthError("invalid_client", { detail: "no client credentials" });
    const named = request.parameters.values.get("client_id");
    if (named !== undefined && named !== presented.clientId) {
      throw new OAuthError("invalid_client", { detail: "client_id differs from the authenticated client" });
    }
    const id = clientId.safeParse(presented.clientId);
    // Every other endpoint takes what a client has been given before, so the client is known.
    const isFirst = request.path === endpoints.pushedAuthorizationRequest;
    const find = (known: ClientId) => (isFirst ? findNamedClient(ctx, known) : findClient(instance.instanceId, known));
    const client = id.success ? await find(id.data) : null;
    if (client === null) throw new OAuthError("invalid_client", { detail: "unknown client" });
    if (!client.isActive)
      throw new OAuthError("invalid_client", { detail: "client, project or organization is inactive" });
    const method = registeredMethod(client);
    const admitted = rulesOf(client).clientAuthMethods;
    if (admitted !== null && !admitted.includes(method)) {
      throw new OAuthError("invalid_client", { detail: `the client's security profile does not admit ${method}` });
    }
    // RFC 7591 §3.2.1, and RFC 7592 §2.2 is how the client gets another.
    const secretEnd = client.settings.clientSecretExpiresAt;
    if (method.startsWith("client_secret_") && secretEnd !== null && secretEnd <= epochSeconds(ctx.now)) {
      throw new OAuthError("invalid_client", { detail: "the client's secret has expired" });
    }
    const { certificate = null, path = endpoints.token } = request;
    const at = { instance, client, presented, certificate, path, now: ctx.now };
    const problem = await clientAuthMethods[method](deps, at);
    if (problem !== null) throw new OAuthError("invalid_client", { detail: `${method}: ${problem}` });
    return client;
  };
