import { z } from "zod";
import { defineStream } from "../../kernel/event.ts";
import {
  type BrowserId,
  browserId,
  type OrgId,
  orgId,
  type TokenId,
  tokenId,
  type UserId,
  userId,
} from "../../kernel/ids.ts";
import { type Instant, instant } from "../../kernel/time.ts";

const moment = z.number().transform((micros) => instant(micros));

/** The browser or program that a session belongs to; tells about a person, so sealed. */
export const userAgent = z.object({
  fingerprintId: browserId.nullable(),
  ip: z.string().nullable(),
  description: z.string().nullable(),
  header: z.record(z.string(), z.array(z.string())),
});

/** Key to base64 of its value. */
export const sessionMetadata = z.record(z.string(), z.string());

const sessionEvents = {
  "session.added": { payload: z.object({}), personal: userAgent },
  "session.user.checked": { payload: z.object({ userId, orgId, checkedAt: moment }) },
  "session.password.checked": { payload: z.object({ checkedAt: moment }) },
  /** the whole metadata after the change */
  "session.metadata.set": { payload: z.object({}), personal: z.object({ metadata: sessionMetadata }) },
  "session.lifetime.set": { payload: z.object({ expiresAt: moment }) },
  "session.token.set": { payload: z.object({ tokenId }) },
  "session.terminated": { payload: z.object({}) },
} as const;

/** When each factor was last checked; a new kind of check adds its own line. */
export type Factors = { readonly passwordCheckedAt: Instant | null };

export type SessionState = Factors & {
  readonly status: "absent" | "active" | "terminated";
  readonly creatorId: string;
  readonly browserId: BrowserId | null;
  readonly userId: UserId | null;
  readonly userOrgId: OrgId | null;
  readonly userCheckedAt: Instant | null;
  readonly metadata: z.output<typeof sessionMetadata>;
  readonly expiresAt: Instant | null;
  /** the one session token that is valid now */
  readonly tokenId: TokenId | null;
};

const initial: SessionState = {
  status: "absent",
  creatorId: "",
  browserId: null,
  userId: null,
  userOrgId: null,
  userCheckedAt: null,
  passwordCheckedAt: null,
  metadata: {},
  expiresAt: null,
  tokenId: null,
};

/** A session: which user somebody has proved to be, by which factors and when. The user agent's data dies with it. */
export const session = defineStream<SessionState>()({
  kind: "session",
  revision: 1,
  events: sessionEvents,
  initial,
  erases: ["session.terminated"],
  evolve: {
    "session.added": (_state, event) => ({
      ...initial,
      status: "active",
      creatorId: event.actor.id,
      browserId: event.personal?.fingerprintId ?? null,
    }),
    "session.user.checked": (state, { payload }) => ({
      ...state,
      userId: payload.userId,
      userOrgId: payload.orgId,
      userCheckedAt: payload.checkedAt,
    }),
    "session.password.checked": (state, { payload }) => ({ ...state, passwordCheckedAt: payload.checkedAt }),
    "session.metadata.set": (state, { personal }) => ({ ...state, metadata: personal?.metadata ?? {} }),
    "session.lifetime.set": (state, { payload }) => ({ ...state, expiresAt: payload.expiresAt }),
    "session.token.set": (state, { payload }) => ({ ...state, tokenId: payload.tokenId }),
    "session.terminated": () => ({ ...initial, status: "terminated" }),
  },
});

/** Whether a session that has not been terminated has run out at this moment. */
export const isExpired = (expiresAt: Instant | null, now: Instant): boolean => expiresAt !== null && expiresAt <= now;

/** Whether any factor proves the user: naming one proves nothing. */
export const hasAuthenticated = ({ passwordCheckedAt }: Factors): boolean => passwordCheckedAt !== null;

/** When the user was last authenticated: `auth_time` (OIDC Core §2). */
export const authenticatedAt = ({ passwordCheckedAt }: Factors): Instant | null => passwordCheckedAt;

/** How the user was authenticated (RFC 8176), in ZITADEL's words: `password` stands beside `pwd` for its older clients. */
export const methodsOf = ({ passwordCheckedAt }: Factors): readonly string[] =>
  passwordCheckedAt === null ? [] : ["password", "pwd"];
