import { z } from "zod";
import { type Claim, defineStream } from "../../kernel/event.ts";
import { fold } from "../../kernel/fold.ts";
import { orgId } from "../../kernel/ids.ts";

export const genders = ["unspecified", "female", "male", "diverse"] as const;

/** What a person is called; personal, so sealed in the log. */
const profile = z.object({
  givenName: z.string(),
  familyName: z.string(),
  nickName: z.string(),
  displayName: z.string(),
  preferredLanguage: z.string(),
  gender: z.enum(genders),
});

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
  "user.human.email.verified": { payload: z.object({}) },
  "user.human.phone.verified": { payload: z.object({}) },
  "user.removed": { payload: z.object({}) },
} as const;

export type UserStatus = "absent" | "active" | "inactive" | "locked" | "removed";

export type UserState = {
  readonly status: UserStatus;
  readonly type: "human" | "machine";
  /** the claim this user holds, as stored when it was taken */
  readonly userNameClaim: Claim | null;
  readonly passwordHash: string | null;
};

const initial: UserState = { status: "absent", type: "human", userNameClaim: null, passwordHash: null };

/** User names are unique in their scope: the instance, or one org when its policy says that names carry its domain. */
const userNameClaim = (scope: string, userName: string): Claim => ({
  kind: "user_name",
  value: `${scope}/${fold(userName)}`,
});

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
    "user.removed": (_event, before) => (before.userNameClaim ? { release: [before.userNameClaim] } : {}),
  },
  evolve: {
    "user.human.added": (_state, event) => ({
      status: "active",
      type: "human",
      userNameClaim: event.personal ? userNameClaim(event.payload.userNameScope, event.personal.userName) : null,
      passwordHash: event.personal?.passwordHash ?? null,
    }),
    "user.human.email.verified": (state) => state,
    "user.human.phone.verified": (state) => state,
    "user.removed": (state) => ({ ...initial, status: "removed", type: state.type }),
  },
});
