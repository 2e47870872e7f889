import { z } from "zod";
import { defineStream } from "../../kernel/event.ts";
import {
  authRequestId,
  type ClientId,
  clientId,
  type SessionId,
  sessionId,
  type TokenId,
  tokenId,
  type UserId,
  userId,
} from "../../kernel/ids.ts";
import { type Instant, instant } from "../../kernel/time.ts";
import { claimsRequest } from "../auth-request/claims-request.events.ts";

const moment = z.number().transform((micros) => instant(micros));

/** Why a grant ended before its time. */
export const revocationReasons = ["client", "code_replayed", "refresh_token_reused", "logout", "user"] as const;

/** What the holder of a credential must show beside it: a DPoP key (RFC 9449 §6.1) or a certificate (RFC 8705 §3.1). */
export const confirmation = z.union([
  z.object({ jkt: z.string().length(43) }),
  z.object({ "x5t#S256": z.string().length(43) }),
]);
export type Confirmation = z.output<typeof confirmation>;

/** Whether both name the same key. */
export const isSameKey = (one: Confirmation | null, other: Confirmation | null): boolean =>
  JSON.stringify(one) === JSON.stringify(other);

/** RFC 9396 §2 */
export const authorizationDetails = z.array(z.record(z.string(), z.json()));
export type AuthorizationDetails = z.output<typeof authorizationDetails>;

/** RFC 8693 §4.1: who acts for the subject, and for whom that one acted before. */
export type GrantActor = { readonly sub: string; readonly iss: string; readonly act?: GrantActor | undefined };
export const grantActor: z.ZodType<GrantActor> = z.object({
  sub: z.string(),
  iss: z.string(),
  act: z.lazy(() => grantActor).optional(),
});

/** By which grant type it was opened, and what its tokens say beside scope and audience. */
export const grantTerms = z.object({
  /** a `grant_type`, or `implicit` for tokens from the authorization endpoint */
  grantType: z.string().default("authorization_code"),
  /** OpenID Connect Core 1.0 §2 */
  acr: z.string().nullable().default(null),
  confirmation: confirmation.nullable().default(null),
  actor: grantActor.nullable().default(null),
  /** RFC 8707 §2 */
  resources: z.array(z.string()).default([]),
  /** RFC 9396 §7 */
  authorizationDetails: authorizationDetails.default([]),
  /** OpenID Connect Core 1.0 §5.5, as it was asked for */
  claims: claimsRequest.nullable().default(null),
});
export type GrantTerms = z.output<typeof grantTerms>;

/** What an exchanged grant stands on (RFC 8693): when one of these is gone, its tokens do not work any more. */
export const grantBases = z.array(z.object({ kind: z.enum(["grant", "user", "pat"]), id: z.string() })).max(20);
export type GrantBases = z.output<typeof grantBases>;

const grantEvents = {
  "oidc_session.added": {
    payload: grantTerms.extend({
      /** `null`: the client is its own subject (RFC 6749 §4.4) */
      userId: userId.nullable(),
      /** `null`: no person signed in for it */
      sessionId: sessionId.nullable(),
      /** `null`: a service account of its own */
      clientId: clientId.nullable(),
      authRequestId: authRequestId.nullable(),
      bases: grantBases.default([]),
      scope: z.array(z.string()),
      audience: z.array(z.string()),
      nonce: z.string().nullable(),
      authTime: moment,
      amr: z.array(z.string()),
    }),
  },
  "oidc_session.access_token.added": {
    payload: z.object({ tokenId, scope: z.array(z.string()), expiresAt: moment }),
  },
  "oidc_session.access_token.revoked": { payload: z.object({ tokenId }) },
  "oidc_session.refresh_token.added": {
    payload: z.object({ tokenId, idleExpiresAt: moment, absoluteExpiresAt: moment }),
  },
  "oidc_session.refresh_token.renewed": {
    payload: z.object({
      tokenId,
      idleExpiresAt: moment,
      /** a second answer to the same refresh token, whose first one had been lost */
      isAgain: z.boolean().default(false),
      /** by which key it was asked for */
      confirmation: confirmation.nullable().default(null),
    }),
  },
  "oidc_session.revoked": { payload: z.object({ reason: z.enum(revocationReasons) }) },
} as const;

/** The one refresh token that is valid now, and until when. */
export type RefreshState = {
  readonly tokenId: TokenId;
  readonly idleExpiresAt: Instant;
  readonly absoluteExpiresAt: Instant;
  /** the one before it, while its answer may be given once more */
  readonly previous: UsedRefresh | null;
};

/** A refresh token that was used, when, and by which key. */
type UsedRefresh = {
  readonly tokenId: TokenId;
  readonly usedAt: Instant;
  readonly confirmation: Confirmation | null;
};

type Granted = GrantTerms & {
  readonly userId: UserId | null;
  readonly sessionId: SessionId | null;
  readonly clientId: ClientId | null;
  readonly scope: readonly string[];
  readonly audience: readonly string[];
  readonly authTime: Instant;
  readonly amr: readonly string[];
  readonly bases: GrantBases;
  readonly refresh: RefreshState | null;
};

export type GrantState =
  | { readonly status: "absent" }
  | (Granted & { readonly status: "active" })
  | (Granted & { readonly status: "revoked" });

const initial: GrantState = { status: "absent" };

type Renewed = { readonly tokenId: TokenId; readonly idleExpiresAt: Instant; readonly isAgain: boolean } & Pick<
  UsedRefresh,
  "confirmation"
>;

const renew = (refresh: RefreshState | null, renewed: Renewed, usedAt: Instant): RefreshState | null => {
  if (refresh === null) return null;
  const { tokenId, idleExpiresAt, isAgain } = renewed;
  const isRotated = !isAgain && tokenId !== refresh.tokenId;
  const previous = isRotated ? { tokenId: refresh.tokenId, usedAt, confirmation: renewed.confirmation } : null;
  return { ...refresh, tokenId, idleExpiresAt, previous };
};

/**
 * The OIDC session: what one user allowed one client by one authorization. Its access and refresh tokens are rows of
 * `tokens`; the state knows only which refresh token is the current one, so that an older one is recognised as reused.
 */
export const grant = defineStream<GrantState>()({
  kind: "oidc_session",
  revision: 5,
  events: grantEvents,
  initial,
  evolve: {
    "oidc_session.added": (_state, { payload: { authRequestId: _request, nonce: _nonce, ...granted } }) => ({
      ...granted,
      status: "active",
      refresh: null,
    }),
    "oidc_session.access_token.added": (state) => state,
    "oidc_session.access_token.revoked": (state) => state,
    "oidc_session.refresh_token.added": (state, { payload }) =>
      state.status === "absent" ? state : { ...state, refresh: { ...payload, previous: null } },
    "oidc_session.refresh_token.renewed": (state, { payload, at }) =>
      state.status === "absent" ? state : { ...state, refresh: renew(state.refresh, payload, at) },
    "oidc_session.revoked": (state) =>
      state.status === "absent" ? state : { ...state, status: "revoked", refresh: null },
  },
});
