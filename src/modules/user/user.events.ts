import { z } from "zod";
import { type Claim, defineStream } from "../../kernel/event.ts";
import { fold } from "../../kernel/fold.ts";
import { clientId, orgId, tokenId, userId, userKeyId } from "../../kernel/ids.ts";
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

/** What of it a change brings anew. */
const profileChange = profile.partial();
export type ProfileChange = z.output<typeof profileChange>;

/** A short code that proves an address: only its HMAC is kept. */
const codeAdded = {
  payload: z.object({ expiresAt: micros }),
  personal: z.object({ codeHash: z.string() }),
} as const;

/** A JSON Web Key with text members only */
const jwk = z.record(z.string(), z.string());

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
  "user.username.changed": {
    payload: z.object({ userNameScope: z.string() }),
    personal: z.object({ userName: z.string() }),
  },
  "user.human.profile.changed": { payload: nothing, personal: profileChange },
  "user.machine.changed": {
    payload: nothing,
    personal: z.object({ name: z.string(), description: z.string() }).partial(),
  },
  /** a new address is not proven yet */
  "user.human.email.changed": { payload: nothing, personal: z.object({ email: z.string() }) },
  "user.human.email.verified": { payload: nothing },
  "user.human.email.verification.failed": { payload: nothing },
  "user.human.email.code.added": codeAdded,
  "user.human.phone.changed": { payload: nothing, personal: z.object({ phone: z.string() }) },
  "user.human.phone.removed": { payload: nothing },
  "user.human.phone.verified": { payload: nothing },
  "user.human.phone.verification.failed": { payload: nothing },
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
  "user.metadata.removed": { payload: z.object({ key: z.string() }) },
  "user.pat.added": { payload: z.object({ tokenId, expiresAt: micros.nullable() }) },
  "user.pat.removed": { payload: z.object({ tokenId }) },
  "user.machine.key.added": {
    payload: z.object({ keyId: userKeyId, publicJwk: jwk, expiresAt: micros.nullable() }),
  },
  "user.machine.key.removed": { payload: z.object({ keyId: userKeyId }) },
  /** base64url SHA-256 of a 256-bit secret */
  "user.machine.secret.set": { payload: nothing, personal: z.object({ secretHash: z.string() }) },
  "user.machine.secret.removed": { payload: nothing },
  /** somebody with the right to got a token for this user (RFC 8693) */
  "user.impersonated": { payload: z.object({ actorUserId: userId, clientId }) },
  "user.locked": { payload: nothing },
  "user.unlocked": { payload: nothing },
  "user.deactivated": { payload: nothing },
  "user.reactivated": { payload: nothing },
  "user.removed": { payload: nothing },
} as const;

export type LivingUserStatus = "active" | "inactive" | "locked";
export type UserStatus = "absent" | LivingUserStatus | "removed";

/** A code that was issued and is still to be presented. */
export type PendingCode = {
  readonly hash: string;
  readonly expiresAt: Instant;
  /** wrong codes presented since it was issued */
  readonly failures: number;
};

export type UserState = {
  readonly status: UserStatus;
  readonly type: "human" | "machine";
  /** the claim this user holds, as stored when it was taken */
  readonly userNameClaim: Claim | null;
  readonly passwordHash: string | null;
  readonly passwordChangeRequired: boolean;
  /** what an older password has proved counts no more; `null`: there was none but the first */
  readonly passwordChangedAt: Instant | null;
  /** wrong passwords since the last right one, unlock or change */
  readonly passwordFailures: number;
  /** "" of a machine, as of nobody */
  readonly email: string;
  readonly emailVerified: boolean;
  readonly emailCode: PendingCode | null;
  readonly phone: string | null;
  readonly phoneVerified: boolean;
  readonly phoneCode: PendingCode | null;
  /** a machine's client secret */
  readonly hasSecret: boolean;
};

const initial: UserState = {
  status: "absent",
  type: "human",
  userNameClaim: null,
  passwordHash: null,
  passwordChangeRequired: false,
  passwordChangedAt: null,
  passwordFailures: 0,
  email: "",
  emailVerified: false,
  emailCode: null,
  phone: null,
  phoneVerified: false,
  phoneCode: null,
  hasSecret: false,
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
  event.personal ? { hash: event.personal.codeHash, expiresAt: event.payload.expiresAt as Instant, failures: 0 } : null;

const failedOnce = (code: PendingCode | null): PendingCode | null =>
  code === null ? null : { ...code, failures: code.failures + 1 };

/** A user, human or machine, belongs to one organization for life. */
export const user = defineStream<UserState>()({
  kind: "user",
  revision: 3,
  events: userEvents,
  initial,
  erases: ["user.removed"],
  claims: {
    "user.human.added": (event) =>
      event.personal ? { take: [userNameClaim(event.payload.userNameScope, event.personal.userName)] } : {},
    "user.machine.added": (event) =>
      event.personal ? { take: [userNameClaim(event.payload.userNameScope, event.personal.userName)] } : {},
    "user.username.changed": (event, before) =>
      event.personal
        ? {
            ...(before.userNameClaim ? { release: [before.userNameClaim] } : {}),
            take: [userNameClaim(event.payload.userNameScope, event.personal.userName)],
          }
        : {},
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
      email: event.personal?.email ?? "",
      phone: event.personal?.phone ?? null,
    }),
    "user.machine.added": (_state, event) => ({
      ...initial,
      status: "active",
      type: "machine",
      userNameClaim: event.personal ? userNameClaim(event.payload.userNameScope, event.personal.userName) : null,
    }),
    "user.username.changed": (state, event) => ({
      ...state,
      userNameClaim: event.personal ? userNameClaim(event.payload.userNameScope, event.personal.userName) : null,
    }),
    "user.human.profile.changed": (state) => state,
    "user.machine.changed": (state) => state,
    "user.human.email.changed": (state, event) => ({
      ...state,
      email: event.personal?.email ?? "",
      emailVerified: false,
      emailCode: null,
    }),
    "user.human.email.verified": (state) => ({ ...state, emailVerified: true, emailCode: null }),
    "user.human.email.verification.failed": (state) => ({ ...state, emailCode: failedOnce(state.emailCode) }),
    "user.human.email.code.added": (state, event) => ({ ...state, emailCode: pendingCode(event) }),
    "user.human.phone.changed": (state, event) => ({
      ...state,
      phone: event.personal?.phone ?? null,
      phoneVerified: false,
      phoneCode: null,
    }),
    "user.human.phone.removed": (state) => ({ ...state, phone: null, phoneVerified: false, phoneCode: null }),
    "user.human.phone.verified": (state) => ({ ...state, phoneVerified: true, phoneCode: null }),
    "user.human.phone.verification.failed": (state) => ({ ...state, phoneCode: failedOnce(state.phoneCode) }),
    "user.human.phone.code.added": (state, event) => ({ ...state, phoneCode: pendingCode(event) }),
    "user.human.password.changed": (state, event) => ({
      ...state,
      passwordHash: event.personal?.passwordHash ?? null,
      passwordChangeRequired: event.payload.changeRequired,
      passwordChangedAt: event.at,
      passwordFailures: 0,
    }),
    "user.human.password.hash.updated": (state, event) => ({
      ...state,
      passwordHash: event.personal?.passwordHash ?? null,
    }),
    "user.human.password.check.succeeded": (state) => ({ ...state, passwordFailures: 0 }),
    "user.human.password.check.failed": (state) => ({ ...state, passwordFailures: state.passwordFailures + 1 }),
    "user.metadata.set": (state) => state,
    "user.metadata.removed": (state) => state,
    "user.pat.added": (state) => state,
    "user.pat.removed": (state) => state,
    "user.machine.key.added": (state) => state,
    "user.machine.key.removed": (state) => state,
    "user.machine.secret.set": (state) => ({ ...state, hasSecret: true }),
    "user.machine.secret.removed": (state) => ({ ...state, hasSecret: false }),
    "user.impersonated": (state) => state,
    "user.locked": (state) => ({ ...state, status: "locked" }),
    "user.unlocked": (state) => ({ ...state, status: "active", passwordFailures: 0 }),
    "user.deactivated": (state) => ({ ...state, status: "inactive" }),
    "user.reactivated": (state) => ({ ...state, status: "active" }),
    "user.removed": (state) => ({ ...initial, status: "removed", type: state.type }),
  },
});
