import type { Ctx } from "../../../kernel/actor.ts";
import { epochSeconds } from "../../../kernel/time.ts";
import type { Client } from "../../../modules/application/client.queries.ts";
import type { Granted } from "../../../modules/grant/credentials.ts";
import type { Confirmation } from "../../../modules/grant/grant.events.ts";
import type { TokenInstance } from "../instance.ts";
import { actClaim } from "./act.ts";
import type { Claims } from "./claims.ts";
import { subjectFor } from "./subject.ts";

/** RFC 6749 §7.1: under which scheme a token is to be presented. */
export const tokenTypeOf = (confirmation: Confirmation | null): "Bearer" | "DPoP" =>
  confirmation !== null && "jkt" in confirmation ? "DPoP" : "Bearer";

/**
 * RFC 9068 §2.2: the claims of an access token as JWT. `jti` is the id of its row in `tokens`: introspection and userinfo
 * ask that row, so that a JWT is as revocable as an opaque token.
 */
export const accessTokenClaims = (
  ctx: Ctx,
  instance: TokenInstance,
  client: Client | null,
  issued: Granted,
): Claims => {
  const clockSkewSeconds = client?.oidc?.clockSkewSeconds ?? 0;
  return {
    iss: instance.issuer,
    // RFC 9068 §2.2: without a resource owner the client is the subject.
    sub: issued.userId === null ? (issued.clientId ?? undefined) : subjectFor(instance, client, issued.userId),
    // RFC 9068 §3: there is always an audience; without one asked for, the token is for our own userinfo endpoint.
    aud: issued.audience.length > 0 ? issued.audience : [instance.issuer],
    client_id: issued.clientId ?? undefined,
    iat: epochSeconds(ctx.now) - clockSkewSeconds,
    nbf: epochSeconds(ctx.now) - clockSkewSeconds,
    exp: epochSeconds(issued.access.expiresAt) + clockSkewSeconds,
    jti: issued.access.id,
    act: actClaim(instance, client, issued.actor),
    cnf: issued.confirmation ?? undefined,
    // RFC 9396 §9.1
    authorization_details: issued.authorizationDetails.length === 0 ? undefined : issued.authorizationDetails,
    scope: issued.scope.join(" "),
    auth_time: epochSeconds(issued.authTime),
    acr: issued.acr ?? undefined,
    amr: issued.amr.length === 0 ? undefined : [...issued.amr],
  };
};
