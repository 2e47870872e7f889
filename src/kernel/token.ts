import type { AuthRequestId, BrowserId, ClientId, GrantId, SessionId, TokenId, UserId } from "./ids.ts";
import type { Json } from "./json.ts";
import type { Instant } from "./time.ts";

/**
 * Every kind of credential that Munot hands out. All have the form `<prefix>_<id>.<secret>` with a 256-bit secret; only
 * its SHA-256 is stored, in the read table `tokens`, and nothing in the log.
 */
export const tokenKinds = {
  /** authorization code (RFC 6749 §4.1.2): single use, bound to client, redirect URI and PKCE challenge */
  code: { prefix: "ac" },
  access: { prefix: "at" },
  refresh: { prefix: "rt" },
  /** session token of the Session API: dies with each write to its session */
  session: { prefix: "st" },
  /** personal access token of a service account */
  pat: { prefix: "pat" },
  /** the browser's own cookie: which sessions it may use */
  browser: { prefix: "ua" },
  /** link that makes the first administrator: single use */
  admin_link: { prefix: "al" },
} as const satisfies Record<string, { prefix: string }>;

export type TokenKind = keyof typeof tokenKinds;

/** A stored credential. All references are checked together with the token in one statement. */
export type TokenRow = {
  readonly kind: TokenKind;
  readonly id: TokenId;
  /** SHA-256 of the secret */
  readonly hash: Uint8Array;
  readonly expiresAt: Instant | null;
  readonly userId?: UserId;
  readonly sessionId?: SessionId;
  readonly grantId?: GrantId;
  readonly authRequestId?: AuthRequestId;
  readonly clientId?: ClientId;
  readonly browserId?: BrowserId;
  /** scope, audience and the like, as the kind needs them */
  readonly data?: { readonly [key: string]: Json };
};

/** What a decision writes to the credentials, in the same transaction as its events. */
export type TokenWrite =
  | { readonly do: "put"; readonly row: TokenRow }
  | { readonly do: "drop"; readonly kind: TokenKind; readonly id: TokenId }
  /** all credentials of that kind that belong to the session, grant or user */
  | { readonly do: "drop_all"; readonly kind?: TokenKind; readonly of: { readonly sessionId: SessionId } | { readonly grantId: GrantId } | { readonly userId: UserId } };

/** A fresh credential: the text for its holder, and what is stored of it. */
export type MintedToken = { readonly id: TokenId; readonly text: string; readonly hash: Uint8Array };

/** Makes a credential of a kind; a fact, because it is random. */
export type MintToken = (kind: TokenKind) => MintedToken;
