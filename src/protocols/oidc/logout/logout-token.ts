import { epochSeconds, type Instant } from "../../../kernel/time.ts";
import type { LogoutNotice } from "../../../modules/grant/end-with-session.ts";
import type { Claims } from "../tokens/claims.ts";

const lifetimeSeconds = 120;

/** The one member of `events` (OpenID Connect Back-Channel Logout 1.0 §2.4). */
const logoutEvent = "http://schemas.openid.net/event/backchannel-logout";

/**
 * OpenID Connect Back-Channel Logout 1.0 §2.4: `sub` and `sid` both, so that it fits clients which keep either; never a
 * `nonce`, so that it passes for no ID token. A message that is sent again has its `jti` again, and is fresh (§2.6).
 */
export const logoutTokenClaims = (
  { clientId, sessionId }: Pick<LogoutNotice, "clientId" | "sessionId">,
  { issuer, subject, messageId, now }: { issuer: string; subject: string; messageId: string; now: Instant },
): Claims => ({
  iss: issuer,
  sub: subject,
  aud: clientId,
  iat: epochSeconds(now),
  exp: epochSeconds(now) + lifetimeSeconds,
  jti: messageId,
  sid: sessionId,
  events: { [logoutEvent]: {} },
});
