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

const moment = z.number().transform((micros) => instant(micros));

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
  "oidc_session.refresh_token.renewed": { payload: z.object({ tokenId, idleExpiresAt: moment }) },
  "oidc_session.revoked": { payload: z.object({ reason: z.enum(revocationReasons) }) },
} as const;

/** The one refresh token that is valid now, and until when. */
export type RefreshState = {
  readonly tokenId: TokenId;
  readonly idleExpiresAt: Instant;
  readonly absoluteExpiresAt: Instant;
};

type Granted = {
  readonly userId: UserId;
  readonly sessionId: SessionId;
  readonly clientId: ClientId;
  readonly scope: readonly string[];
  readonly audience: readonly string[];
  readonly authTime: Instant;
  readonly amr: readonly string[];
  readonly refresh: RefreshState | null;
};

export type GrantState =
  | { readonly status: "absent" }
  | (Granted & { readonly status: "active" })
  | (Granted & { readonly status: "revoked" });

const initial: GrantState = { status: "absent" };

const renew = (refresh: RefreshState | null, tokenId: TokenId, idleExpiresAt: Instant): RefreshState | null =>
  refresh && { ...refresh, tokenId, idleExpiresAt };

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
      authTime: payload.authTime,
      amr: payload.amr,
      refresh: null,
    }),
    "oidc_session.access_token.added": (state) => state,
    "oidc_session.access_token.revoked": (state) => state,
    "oidc_session.refresh_token.added": (state, { payload }) =>
      state.status === "absent" ? state : { ...state, refresh: payload },
    "oidc_session.refresh_token.renewed": (state, { payload }) =>
      state.status === "absent"
        ? state
        : { ...state, refresh: renew(state.refresh, payload.tokenId, payload.idleExpiresAt) },
    "oidc_session.revoked": (state) =>
      state.status === "absent" ? state : { ...state, status: "revoked", refresh: null },
  },
});
