import { z } from "zod";
import { defineStream } from "../../kernel/event.ts";
import type { ClientId, SessionId, TokenId, UserId } from "../../kernel/ids.ts";
import { authRequestId, clientId, sessionId, tokenId, userId } from "../../kernel/ids.ts";
import type { Instant } from "../../kernel/time.ts";

const micros = z
  .int()
  .nonnegative()
  .transform((value) => value as Instant); // stored as written by the kernel's clock

/** Why a grant ended before its time. */
export const revocationReasons = ["client", "code_replayed", "refresh_token_reused", "logout"] as const;

const grantEvents = {
  "oidc_session.added": {
    payload: z.object({
      userId,
      sessionId,
      clientId,
      authRequestId,
      scope: z.array(z.string()),
      audience: z.array(z.string()),
      nonce: z.string().nullable(),
      authTime: micros,
      amr: z.array(z.string()),
    }),
  },
  "oidc_session.access_token.added": {
    payload: z.object({ tokenId, scope: z.array(z.string()), expiresAt: micros }),
  },
  "oidc_session.access_token.revoked": { payload: z.object({ tokenId }) },
  "oidc_session.refresh_token.added": {
    payload: z.object({ tokenId, idleExpiresAt: micros, absoluteExpiresAt: micros }),
  },
  "oidc_session.refresh_token.renewed": { payload: z.object({ tokenId, idleExpiresAt: micros }) },
  "oidc_session.revoked": { payload: z.object({ reason: z.enum(revocationReasons) }) },
} as const;

/** The one refresh token that is valid now, and until when. */
export type RefreshState = {
  readonly tokenId: TokenId;
  readonly idleExpiresAt: Instant;
  readonly absoluteExpiresAt: Instant;
};

export type GrantState = {
  readonly status: "absent" | "active" | "revoked";
  readonly userId: UserId | null;
  readonly sessionId: SessionId | null;
  readonly clientId: ClientId | null;
  readonly scope: readonly string[];
  readonly audience: readonly string[];
  readonly nonce: string | null;
  readonly authTime: Instant | null;
  readonly amr: readonly string[];
  readonly refresh: RefreshState | null;
};

const initial: GrantState = {
  status: "absent",
  userId: null,
  sessionId: null,
  clientId: null,
  scope: [],
  audience: [],
  nonce: null,
  authTime: null,
  amr: [],
  refresh: null,
};

/**
 * The OIDC session: what one user allowed one client by one authorization. Its access and refresh tokens are rows of
 * `tokens`; the state knows only which refresh token is the current one, so that an older one is recognised as reused.
 */
export const grant = defineStream<GrantState>()({
  kind: "oidc_session",
  revision: 1,
  events: grantEvents,
  initial,
  evolve: {
    "oidc_session.added": (_state, { payload }) => ({
      status: "active",
      userId: payload.userId,
      sessionId: payload.sessionId,
      clientId: payload.clientId,
      scope: payload.scope,
      audience: payload.audience,
      nonce: payload.nonce,
      authTime: payload.authTime,
      amr: payload.amr,
      refresh: null,
    }),
    "oidc_session.access_token.added": (state) => state,
    "oidc_session.access_token.revoked": (state) => state,
    "oidc_session.refresh_token.added": (state, { payload }) => ({ ...state, refresh: payload }),
    "oidc_session.refresh_token.renewed": (state, { payload }) => ({
      ...state,
      refresh: state.refresh && { ...state.refresh, tokenId: payload.tokenId, idleExpiresAt: payload.idleExpiresAt },
    }),
    "oidc_session.revoked": (state) => ({ ...state, status: "revoked", refresh: null }),
  },
});
