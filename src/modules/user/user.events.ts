import { z } from "zod";
import { type Claim, defineStream } from "../../kernel/event.ts";
import { fold } from "../../kernel/fold.ts";
import { orgId, tokenId } from "../../kernel/ids.ts";
import type { Instant } from "../../kernel/time.ts";

export const genders = ["unspecified", "female", "male", "diverse"] as const;
export type Gender = (typeof genders)[number];
export const accessTokenTypes = ["bearer", "jwt"] as const;
export type AccessTokenType = (typeof accessTokenTypes)[number];

const nothing = z.object({});
const micros = z.number().int().nonnegative();

/** What a person is called; personal, so sealed in the log. */
const profile = z.object({
  givenName: z.string(),
  familyName: z.string(),
  nickName: z.string(),
  displayName: z.string(),
  preferredLanguage: z.string(),
  gender: z.enum(genders),
});

/** A short code that proves an address: only its HMAC is kept. */
const codeAdded = {
  payload: z.object({ expiresAt: micros }),
  personal: z.object({ codeHash: z.string() }),
} as const;

const userEvents = {
  "user.human.added": {
    payload: z.object({ orgId, userNameScope: z.string(), passwordChangeRequired: z.boolean() }),
    personal: profile.extend({
      userName: z.string(),
      email: z.string(),
      phone: z.string().nullable(),
      /** PHC string; sealed like the person it belongs to */
      passwordHash: z.string().nullable(),
    }),
  },
  "user.machine.added": {
    payload: z.object({ orgId, userNameScope: z.string(), accessTokenType: z.enum(accessTokenTypes) }),
    personal: z.object({ userName: z.string(), name: z.string(), description: z.string() }),
  },
  "user.human.email.verified": { payload: nothing },
  "user.human.email.code.added": codeAdded,
  "user.human.phone.verified": { payload: nothing },
  "user.human.phone.code.added": codeAdded,
  "user.human.password.changed": {
    payload: z.object({ changeRequired: z.boolean() }),
    personal: z.object({ passwordHash: z.string() }),
  },
  /** the same password, hashed anew with today's parameters */
  "user.human.password.hash.updated": { payload: nothing, personal: z.object({ passwordHash: z.string() }) },
  "user.human.password.check.succeeded": { payload: nothing },
  "user.human.password.check.failed": { payload: nothing },
  /** the value is base64 */
  "user.metadata.set": { payload: z.object({ key: z.string() }), personal: z.object({ value: z.string() }) },
  "user.pat.added": { payload: z.object({ tokenId, expiresAt: micros.nullable() }) },
  "user.locked": { payload: nothing },
  "user.unlocked": { payload: nothing },
  "user.deactivated": { payload: nothing },
  "user.reactivated": { payload: nothing },
  "user.removed": { payload: nothing },
} as const;

export type LivingUserStatus = "active" | "inactive" | "locked";
export type UserStatus = "absent" | LivingUserStatus | "removed";

/** A code that was issued and is still to be presented. */
export type PendingCode = { readonly hash: string; readonly expiresAt: Instant };

export type UserState = {
  readonly status: UserStatus;
  readonly type: "human" | "machine";
  /** the claim this user holds, as stored when it was taken */
  readonly userNameClaim: Claim | null;
  readonly passwordHash: string | null;
  readonly passwordChangeRequired: boolean;
  /** wrong passwords since the last right one, unlock or change */
  readonly passwordFailures: number;
  readonly emailVerified: boolean;
  readonly emailCode: PendingCode | null;
  readonly phoneVerified: boolean;
  readonly phoneCode: PendingCode | null;
};

const initial: UserState = {
  status: "absent",
  type: "human",
  userNameClaim: null,
  passwordHash: null,
  passwordChangeRequired: false,
  passwordFailures: 0,
  emailVerified: false,
  emailCode: null,
  phoneVerified: false,
  phoneCode: null,
};

/** User names are unique in their scope: the instance, or one org when its policy says that names carry its domain. */
const userNameClaim = (scope: string, userName: string): Claim => ({
  kind: "user_name",
  value: `${scope}/${fold(userName)}`,
});

const pendingCode = (event: {
  readonly payload: { readonly expiresAt: number };
  readonly personal: { readonly codeHash: string } | null;
}): PendingCode | null =>
  // An instant that was parsed as a non-negative integer on the way in.
  event.personal ? { hash: event.personal.codeHash, expiresAt: event.payload.expiresAt as Instant } : null;

/** A user, human or machine, belongs to one organization for life. */
export const user = defineStream<UserState>()({
  kind: "user",
  revision: 1,
  events: userEvents,
  initial,
  erases: ["user.removed"],
  claims: {
    "user.human.added": (event) =>
      event.personal ? { take: [userNameClaim(event.payload.userNameScope, event.personal.userName)] } : {},
    "user.machine.added": (event) =>
      event.personal ? { take: [userNameClaim(event.payload.userNameScope, event.personal.userName)] } : {},
    "user.removed": (_event, before) => (before.userNameClaim ? { release: [before.userNameClaim] } : {}),
  },
  evolve: {
    "user.human.added": (_state, event) => ({
      ...initial,
      status: "active",
      type: "human",
      userNameClaim: event.personal ? userNameClaim(event.payload.userNameScope, event.personal.userName) : null,
      passwordHash: event.personal?.passwordHash ?? null,
      passwordChangeRequired: event.payload.passwordChangeRequired,
    }),
    "user.machine.added": (_state, event) => ({
      ...initial,
      status: "active",
      type: "machine",
      userNameClaim: event.personal ? userNameClaim(event.payload.userNameScope, event.personal.userName) : null,
    }),
    "user.human.email.verified": (state) => ({ ...state, emailVerified: true, emailCode: null }),
    "user.human.email.code.added": (state, event) => ({ ...state, emailCode: pendingCode(event) }),
    "user.human.phone.verified": (state) => ({ ...state, phoneVerified: true, phoneCode: null }),
    "user.human.phone.code.added": (state, event) => ({ ...state, phoneCode: pendingCode(event) }),
    "user.human.password.changed": (state, event) => ({
      ...state,
      passwordHash: event.personal?.passwordHash ?? null,
      passwordChangeRequired: event.payload.changeRequired,
      passwordFailures: 0,
    }),
    "user.human.password.hash.updated": (state, event) => ({
      ...state,
      passwordHash: event.personal?.passwordHash ?? null,
    }),
    "user.human.password.check.succeeded": (state) => ({ ...state, passwordFailures: 0 }),
    "user.human.password.check.failed": (state) => ({ ...state, passwordFailures: state.passwordFailures + 1 }),
    "user.metadata.set": (state) => state,
    "user.pat.added": (state) => state,
    "user.locked": (state) => ({ ...state, status: "locked" }),
    "user.unlocked": (state) => ({ ...state, status: "active", passwordFailures: 0 }),
    "user.deactivated": (state) => ({ ...state, status: "inactive" }),
    "user.reactivated": (state) => ({ ...state, status: "active" }),
    "user.removed": (state) => ({ ...initial, status: "removed", type: state.type }),
  },
});
