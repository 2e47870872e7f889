import type { AuthRequestId, BrowserId, ClientId, GrantId, SessionId, TokenId, UserId } from "./ids.ts";
import type { Json } from "./json.ts";
import type { Instant } from "./time.ts";

const minute = 60;
const hour = 60 * minute;
const day = 24 * hour;

/**
 * Every kind of credential that Munot hands out: the one place that says how each is made, how long it lives, what it
 * is bound to and how often it works. All have the form `<prefix>_<id>.<secret>` with a 256-bit secret, are looked up by
 * (instance, kind, id), and of the secret only its SHA-256 is stored, in the table `tokens`, and nothing in the log.
 *
 * `lifeSeconds` is the default life; `null`: the holder's choice, or as long as what it is bound to.
 * `boundTo` dies first, the credential dies with it: the bonds are checked in the statement that looks it up.
 * `singleUse` credentials are used up on the state of a stream, never on their row: two parallel uses cannot both win.
 */
export const tokenKinds = {
  /** authorization code (RFC 6749 §4.1.2): also bound to redirect URI and PKCE challenge, by its auth request */
  code: { prefix: "ac", lifeSeconds: minute, boundTo: ["user", "session", "client"], singleUse: true },
  /** pushed authorization request (RFC 9126 §2.2); its row goes with the answer, which a claim lets only one take */
  pushed: { prefix: "pr", lifeSeconds: minute, boundTo: ["client"], singleUse: true },
  /** opaque access token, and the row behind a JWT one (RFC 9068): `jti` is its id */
  access: { prefix: "at", lifeSeconds: 12 * hour, boundTo: ["user", "session", "grant", "client"], singleUse: false },
  /** idle life; rotated with each use, the grant bounds the absolute one (RFC 9700 §4.14.2) */
  refresh: { prefix: "rt", lifeSeconds: 30 * day, boundTo: ["user", "session", "grant", "client"], singleUse: true },
  /** device code (RFC 8628 §3.2): used up on the state of its request, which also says when it ends */
  device: { prefix: "dc", lifeSeconds: 5 * minute, boundTo: ["client"], singleUse: true },
  /** `auth_req_id` (CIBA Core 1.0 §7.3), in the same way */
  ciba: { prefix: "ar", lifeSeconds: 5 * minute, boundTo: ["client"], singleUse: true },
  /** session token of the Session API: dies with each write to its session */
  session: { prefix: "st", lifeSeconds: null, boundTo: ["user", "session"], singleUse: false },
  /** personal access token of a service account */
  pat: { prefix: "pat", lifeSeconds: null, boundTo: ["user"], singleUse: false },
  /** RFC 7591 §3: its holder may register clients */
  initial_access: { prefix: "iat", lifeSeconds: null, boundTo: [], singleUse: false },
  /** RFC 7592 §3: its holder manages the one client that it was issued with */
  registration: { prefix: "reg", lifeSeconds: null, boundTo: ["client"], singleUse: false },
  /** link that makes the first administrator */
  admin_link: { prefix: "al", lifeSeconds: day, boundTo: [], singleUse: true },
} as const satisfies Record<string, TokenRule>;

type TokenRule = {
  readonly prefix: string;
  readonly lifeSeconds: number | null;
  readonly boundTo: readonly ("user" | "session" | "grant" | "client")[];
  readonly singleUse: boolean;
};

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
  /** all credentials of that kind that belong to the session, grant or user, or to the user by way of one client */
  | {
      readonly do: "drop_all";
      readonly kind?: TokenKind;
      readonly of:
        | { readonly sessionId: SessionId }
        | { readonly grantId: GrantId }
        | { readonly userId: UserId; readonly clientId?: ClientId };
    };

/** A fresh credential: the text for its holder, and what is stored of it. */
export type MintedToken = { readonly id: TokenId; readonly text: string; readonly hash: Uint8Array };

/** Makes a credential of a kind; a fact, because it is random. */
export type MintToken = (kind: TokenKind) => MintedToken;
