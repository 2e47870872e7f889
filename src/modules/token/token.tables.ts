import type {
  AuthRequestId,
  BrowserId,
  ClientId,
  GrantId,
  InstanceId,
  SessionId,
  TokenId,
  UserId,
} from "../../kernel/ids.ts";
import type { Instant } from "../../kernel/time.ts";
import type { TokenKind } from "../../kernel/token.ts";

/** Credentials of all kinds; written by decisions, not by events: what they open cannot be rebuilt from the log. */
export type TokenTables = {
  tokens: {
    instance_id: InstanceId;
    kind: TokenKind;
    id: TokenId;
    /** SHA-256 of the secret */
    hash: Uint8Array;
    created_at: Instant;
    expires_at: Instant | null;
    user_id: UserId | null;
    session_id: SessionId | null;
    grant_id: GrantId | null;
    auth_request_id: AuthRequestId | null;
    client_id: ClientId | null;
    browser_id: BrowserId | null;
    /** canonical JSON object */
    data: string | null;
  };
};
