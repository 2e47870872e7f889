import type { ClientId, GrantId, SessionId, TokenId, UserId } from "../../../kernel/ids.ts";
import type { Instant } from "../../../kernel/time.ts";

/** What every grant type ends with: whose tokens they are, for whom, and the credentials that were stored for them. */
export type Issued = {
  readonly grantId: GrantId;
  readonly clientId: ClientId;
  readonly userId: UserId;
  readonly sessionId: SessionId;
  readonly scope: readonly string[];
  readonly audience: readonly string[];
  readonly nonce: string | null;
  readonly authTime: Instant;
  readonly amr: readonly string[];
  readonly accessToken: { readonly id: TokenId; readonly text: string; readonly expiresAt: Instant };
  readonly refreshToken: string | null;
};
