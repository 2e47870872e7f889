import type { Ctx } from "../../../kernel/actor.ts";
import { addSeconds, epochSeconds } from "../../../kernel/time.ts";
import type { Granted } from "../../../modules/grant/credentials.ts";
import { halfHash } from "../../../platform/crypto/oauth.ts";
import type { SigningAlgorithm } from "../../../platform/keys/algorithms.ts";
import type { OidcInstance } from "../instance.ts";
import type { Claims } from "./claims.ts";

/**
 * OpenID Connect Core 1.0 §2, §3.1.3.6: who signed in, when and how. `asserted` are claims about the user, which stand
 * here only when the application asks for that (§5.4: with an access token they come from userinfo).
 */
export const idTokenClaims = (
  ctx: Ctx,
  { issuer }: OidcInstance,
  issued: Granted,
  {
    alg,
    accessToken,
    asserted,
    lifetimeSeconds,
    clockSkewSeconds,
  }: {
    /** the algorithm that signs it: `at_hash` is made with its hash */
    readonly alg: SigningAlgorithm;
    readonly accessToken: string;
    readonly asserted: Claims;
    readonly lifetimeSeconds: number;
    readonly clockSkewSeconds: number;
  },
): Claims => ({
  ...asserted,
  iss: issuer,
  sub: issued.userId,
  aud: issued.audience,
  azp: issued.clientId ?? undefined,
  client_id: issued.clientId ?? undefined,
  iat: epochSeconds(ctx.now) - clockSkewSeconds,
  exp: epochSeconds(addSeconds(ctx.now, lifetimeSeconds)) + clockSkewSeconds,
  auth_time: epochSeconds(issued.authTime),
  nonce: issued.nonce ?? undefined,
  acr: issued.acr ?? undefined,
  amr: [...issued.amr],
  sid: issued.sessionId ?? undefined,
  at_hash: halfHash(alg, accessToken),
});
