import { z } from "zod";
import { defineStream, type RecordedActor } from "../../kernel/event.ts";
import { type OrgId, orgId, type TokenId, tokenId, type UserId, userId } from "../../kernel/ids.ts";
import { limits } from "../../kernel/limits.ts";
import { Refusal } from "../../kernel/refusal.ts";
import { text } from "../../kernel/text.ts";
import { type Instant, instant } from "../../kernel/time.ts";

const moment = z.number().transform((micros) => instant(micros));

/** The browser or program that a session belongs to; tells about a person, so sealed. */
export const userAgent = z.object({
  fingerprintId: text(limits.idChars).nullable(),
  ip: text(limits.nameChars).nullable(),
  description: text(limits.textChars).nullable(),
  header: z
    .record(text(limits.nameChars), z.array(text()))
    .refine((header) => JSON.stringify(header).length <= limits.sessionMetadataChars, "is too large"),
});

/** Key to base64 of its value. */
export const sessionMetadata = z.record(text(limits.metadataKeyChars).min(1), z.base64());

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
  /** the user who made it; `null`: Munot itself */
  readonly creatorId: UserId | null;
  /** fingerprint of the user agent; for sessions of our own sign-in pages the id of the browser's cookie */
  readonly fingerprintId: string | null;
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
  creatorId: null,
  fingerprintId: null,
  userId: null,
  userOrgId: null,
  userCheckedAt: null,
  passwordCheckedAt: null,
  metadata: {},
  expiresAt: null,
  tokenId: null,
};

/** The user who made a session, as the log names it. */
export const creatorOf = (actor: RecordedActor): UserId | null =>
  actor.kind === "user" ? userId.parse(actor.id) : null;

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
      creatorId: creatorOf(event.actor),
      fingerprintId: event.personal?.fingerprintId ?? null,
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
const isExpired = (expiresAt: Instant | null, now: Instant): boolean => expiresAt !== null && expiresAt <= now;

/** What a session has proved, without what has been replaced since: who knew a former password may be anybody. */
export const standingFactors = (
  { passwordCheckedAt }: Factors,
  { passwordChangedAt }: { readonly passwordChangedAt: Instant | null },
): Factors => ({
  passwordCheckedAt:
    passwordCheckedAt !== null && passwordChangedAt !== null && passwordCheckedAt < passwordChangedAt
      ? null
      : passwordCheckedAt,
});

/** Whether any factor proves the user: naming one proves nothing. */
export const hasAuthenticated = ({ passwordCheckedAt }: Factors): boolean => passwordCheckedAt !== null;

/** When the user was last authenticated: `auth_time` (OIDC Core §2). */
export const authenticatedAt = ({ passwordCheckedAt }: Factors): Instant | null => passwordCheckedAt;

/** How the user was authenticated (RFC 8176), in ZITADEL's words: `password` stands beside `pwd` for its older clients. */
export const methodsOf = ({ passwordCheckedAt }: Factors): readonly string[] =>
  passwordCheckedAt === null ? [] : ["password", "pwd"];

type Existing = { readonly exists: boolean; readonly state: SessionState };

/** Refuses when there is no such session, or it has been ended. */
export const mustExist = ({ exists, state }: Existing): void => {
  if (!exists) throw new Refusal("session.not_found");
  if (state.status !== "active") throw new Refusal("session.terminated");
};

/** As {@link mustExist}, and an expired session is an ended one. */
export const mustBeAlive = (session: Existing, now: Instant): void => {
  mustExist(session);
  if (isExpired(session.state.expiresAt, now)) throw new Refusal("session.terminated");
};
