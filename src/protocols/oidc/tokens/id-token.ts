import type { Ctx } from "../../../kernel/actor.ts";
import type { UserId } from "../../../kernel/ids.ts";
import { addSeconds, epochSeconds } from "../../../kernel/time.ts";
import type { Client } from "../../../modules/application/client.queries.ts";
import type { Granted } from "../../../modules/grant/credentials.ts";
import { halfHash } from "../../../platform/crypto/oauth.ts";
import type { SigningAlgorithm } from "../../../platform/keys/algorithms.ts";
import type { TokenInstance } from "../instance.ts";
import { actClaim } from "./act.ts";
import type { Claims } from "./claims.ts";
import { subjectFor } from "./subject.ts";

/** Who signed in, for whom, how and when; what was granted has it, and a sign-in that gives no access token. */
export type IdTokenFacts = { readonly userId: UserId; readonly actor?: Granted["actor"] } & Pick<
  Granted,
  "clientId" | "sessionId" | "scope" | "audience" | "nonce" | "authTime" | "acr" | "amr" | "claims"
>;

/** Core §2: the client is always among them, also where the access token is for another resource alone (RFC 8707). */
const audienceOf = ({ clientId, audience }: Pick<IdTokenFacts, "clientId" | "audience">): readonly string[] =>
  clientId === null || audience.includes(clientId) ? audience : [clientId];

/**
 * OpenID Connect Core 1.0 §2, §3.1.3.6, §3.3.2.11: who signed in, when and how. `asserted` are claims about the user, which
 * stand here only when the application asks for that (§5.4: with an access token they come from userinfo).
 */
export const idTokenClaims = (
  ctx: Ctx,
  instance: TokenInstance,
  client: Client | null,
  signedIn: IdTokenFacts,
  {
    alg,
    accessToken,
    code,
    asserted,
    lifetimeSeconds,
  }: {
    /** the algorithm that signs it: `at_hash` and `c_hash` are made with its hash */
    readonly alg: SigningAlgorithm;
    readonly accessToken: string | null;
    readonly code: string | null;
    readonly asserted: Claims;
    readonly lifetimeSeconds: number;
  },
): Claims => {
  const clockSkewSeconds = client?.oidc?.clockSkewSeconds ?? 0;
  return {
    ...asserted,
    iss: instance.issuer,
    sub: subjectFor(instance, client, signedIn.userId),
    aud: audienceOf(signedIn),
    azp: signedIn.clientId ?? undefined,
    client_id: signedIn.clientId ?? undefined,
    iat: epochSeconds(ctx.now) - clockSkewSeconds,
    exp: epochSeconds(addSeconds(ctx.now, lifetimeSeconds)) + clockSkewSeconds,
    auth_time: epochSeconds(signedIn.authTime),
    act: actClaim(instance, client, signedIn.actor ?? null),
    nonce: signedIn.nonce ?? undefined,
    acr: signedIn.acr ?? undefined,
    amr: [...signedIn.amr],
    sid: signedIn.sessionId ?? undefined,
    at_hash: accessToken === null ? undefined : halfHash(alg, accessToken),
    c_hash: code === null ? undefined : halfHash(alg, code),
  };
};
