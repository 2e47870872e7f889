import { type ClientId, clientId, type InstanceId } from "../../../kernel/ids.ts";
import type { Client } from "../../../modules/application/client.queries.ts";
import { equalSecrets, sha256 } from "../../../platform/crypto/secret.ts";
import type { Entered } from "../enter.ts";
import { OAuthError } from "../errors.ts";
import { clientAuthMethods } from "./methods.ts";
import type { ClientRequest } from "./presented.ts";
import { type AssertionDeps, assertionProblem } from "./private-key-jwt.ts";

export type AuthenticateClientDeps = AssertionDeps & {
  readonly findClient: (instanceId: InstanceId, clientId: ClientId) => Promise<Client | null>;
};

/** Which client calls, on which instance and when. */
export type AuthenticateClient = (entered: Entered, request: ClientRequest) => Promise<Client>;

/** RFC 6749 §2.3, §3.2.1: which client calls. Every refusal looks the same, so that client ids cannot be probed. */
export const authenticateClient =
  ({ findClient, ...deps }: AuthenticateClientDeps): AuthenticateClient =>
  async ({ ctx, instance }, request) => {
    const presented = Object.values(clientAuthMethods).flatMap((read) => read(request) ?? []);
    const [first, second] = presented;
    if (second !== undefined) {
      throw new OAuthError("invalid_request", { description: "More than one way of client authentication was used" });
    }
    if (first === undefined) throw new OAuthError("invalid_client", { detail: "no client credentials" });
    const named = request.parameters.values.get("client_id");
    if (named !== undefined && named !== first.clientId) {
      throw new OAuthError("invalid_client", { detail: "client_id differs from the authenticated client" });
    }
    const id = clientId.safeParse(first.clientId);
    const client = id.success ? await findClient(instance.instanceId, id.data) : null;
    if (client === null) throw new OAuthError("invalid_client", { detail: "unknown client" });
    if (!client.isActive)
      throw new OAuthError("invalid_client", { detail: "client, project or organization is inactive" });
    if (client.authMethod === "private_key_jwt" && first.assertion !== undefined) {
      const problem = await assertionProblem(deps, instance, client.clientId, first.assertion, ctx.now);
      if (problem !== null) throw new OAuthError("invalid_client", { detail: `assertion: ${problem}` });
    } else if (first.assertion !== undefined || !proves(client, first.secret)) {
      throw new OAuthError("invalid_client", { detail: `wrong credentials by ${first.method}` });
    }
    return client;
  };

/**
 * Whether the secret is the client's. A secret may come in the header or in the body, whichever was registered: many
 * libraries choose by themselves, and it is the same secret. A client that must prove itself by a key has none to show.
 */
const proves = (client: Client, secret: string | null): boolean => {
  if (client.authMethod === "none") return secret === null;
  if (client.authMethod === "private_key_jwt") return false;
  return secret !== null && client.secretHash !== null && equalSecrets(client.secretHash, storedFormOf(secret));
};

/** What is stored of a client secret: 256 random bits need no slow hash. */
const storedFormOf = (secret: string): string => Buffer.from(sha256(secret)).toString("base64url");
