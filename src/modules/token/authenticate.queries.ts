import type { Actor } from "../../kernel/actor.ts";
import type { InstanceId, TokenId } from "../../kernel/ids.ts";
import { Refusal } from "../../kernel/refusal.ts";
import type { Instant } from "../../kernel/time.ts";
import type { Confirmation } from "../grant/grant.events.ts";
import { hasAuthenticated } from "../session/session.events.ts";
import type { StoredToken, TokenReader } from "./token.queries.ts";

/**
 * Checks a JWT access token (RFC 9068) as far as the text goes: signature, issuer, type and expiry. Gives the id (`jti`)
 * under which its row stands in `tokens`, or `null`. Signing keys are the OIDC engine's, so it is injected.
 */
export type VerifyAccessJwt = (instanceId: InstanceId, jwt: string, now: Instant) => Promise<TokenId | null>;

/** Whether the presenter holds what the credential is bound to; `null`: it is bound to nothing (RFC 7800 §3.1). */
export type IsHeld = (confirmation: Confirmation | null) => Promise<boolean>;

/** Turns the credential of an `Authorization` header (RFC 6750 §2.1, RFC 9449 §7.1) into the caller. */
export type AuthenticateBearer = (
  instanceId: InstanceId,
  bearer: string,
  now: Instant,
  isHeld: IsHeld,
) => Promise<Actor>;

/**
 * Makes {@link AuthenticateBearer} for Munot's own API: personal access tokens, session tokens, and access tokens whose
 * audience holds the instance's own project. One statement for an opaque credential; refuses with `auth.token_invalid`,
 * which says nothing about the reason.
 */
export const authenticateBearer =
  (deps: { readonly tokens: TokenReader; readonly verifyAccessJwt: VerifyAccessJwt }): AuthenticateBearer =>
  async (instanceId, bearer, now, isHeld) => {
    const token = isJwt(bearer)
      ? await findByJwt(deps, instanceId, bearer, now)
      : await deps.tokens.verify(instanceId, bearer, ["access", "pat", "session"], now);
    const caller = token === null ? null : callerOf(token);
    if (caller === null || !(await isHeld(token?.data.confirmation ?? null))) throw new Refusal("auth.token_invalid");
    return caller;
  };

/** JWS compact form (RFC 7515 §7.1): three parts. Our opaque credentials have two. */
const isJwt = (bearer: string): boolean => bearer.split(".", 4).length === 3;

const findByJwt = async (
  deps: { readonly tokens: TokenReader; readonly verifyAccessJwt: VerifyAccessJwt },
  instanceId: InstanceId,
  jwt: string,
  now: Instant,
): Promise<StoredToken | null> => {
  const id = await deps.verifyAccessJwt(instanceId, jwt, now);
  const token = id === null ? null : await deps.tokens.find(instanceId, "access", id, now);
  return token?.dead === null ? token : null;
};

const callerOf = (token: StoredToken): Actor | null => {
  const via = viaOf(token);
  if (token.user === null || via === null) return null;
  return {
    kind: "user",
    userId: token.user.id,
    orgId: token.user.orgId,
    memberships: token.memberships,
    via,
    ...(token.clientId === null ? {} : { clientId: token.clientId }),
    ...(token.sessionId === null ? {} : { sessionId: token.sessionId }),
    ...(token.browserId === null ? {} : { browserId: token.browserId }),
  };
};

const viaOf = (token: StoredToken): "access_token" | "pat" | "session_token" | null => {
  if (token.kind === "pat") return "pat";
  // A session that only names its user proves nothing about who presents it.
  if (token.kind === "session") return hasAuthenticated(token.factors) ? "session_token" : null;
  if (token.kind !== "access" || token.ownProjectId === null) return null;
  // ZITADEL: an access token is for its API only if the client asked for `urn:zitadel:iam:org:project:id:zitadel:aud`.
  return token.data.audience?.includes(token.ownProjectId) === true ? "access_token" : null;
};
