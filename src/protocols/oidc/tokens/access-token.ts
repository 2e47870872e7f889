import type { Ctx } from "../../../kernel/actor.ts";
import { epochSeconds } from "../../../kernel/time.ts";
import type { Granted } from "../../../modules/grant/credentials.ts";
import type { OidcInstance } from "../instance.ts";
import type { Claims } from "./claims.ts";

/**
 * RFC 9068 §2.2: the claims of an access token as JWT. `jti` is the id of its row in `tokens`: introspection and userinfo
 * ask that row, so that a JWT is as revocable as an opaque token.
 */
export const accessTokenClaims = (
  ctx: Ctx,
  { issuer }: OidcInstance,
  issued: Granted,
  clockSkewSeconds: number,
): Claims => ({
  iss: issuer,
  sub: issued.userId,
  aud: issued.audience,
  client_id: issued.clientId ?? undefined,
  iat: epochSeconds(ctx.now) - clockSkewSeconds,
  nbf: epochSeconds(ctx.now) - clockSkewSeconds,
  exp: epochSeconds(issued.access.expiresAt) + clockSkewSeconds,
  jti: issued.access.id,
  scope: issued.scope.join(" "),
  auth_time: epochSeconds(issued.authTime),
});
