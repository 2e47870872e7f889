import { type Ctx, can, needsAuthenticated } from "../../kernel/actor.ts";
import { fold } from "../../kernel/fold.ts";
import type { OrgId, UserId } from "../../kernel/ids.ts";
import { Refusal } from "../../kernel/refusal.ts";
import { authorise } from "../../kernel/runner.ts";
import type { Instant } from "../../kernel/time.ts";
import { dialectOf } from "../../platform/db/dialect-of.ts";
import type { Listed } from "../../platform/db/page.ts";
import type { Database, Db } from "../../schema.ts";
import type { AccessTokenType, Gender, LivingUserStatus } from "./user.events.ts";
import { type UserSearch, userCondition, userSortColumns } from "./user-search.queries.ts";

type Common = {
  readonly userId: UserId;
  readonly orgId: OrgId;
  readonly state: LivingUserStatus;
  readonly userName: string;
  readonly preferredLoginName: string;
  readonly sequence: number;
  readonly createdAt: Instant;
  readonly changedAt: Instant;
};

export type HumanView = Common & {
  readonly type: "human";
  readonly givenName: string;
  readonly familyName: string;
  readonly nickName: string;
  readonly displayName: string;
  readonly preferredLanguage: string;
  readonly gender: Gender;
  readonly email: string;
  readonly emailVerified: boolean;
  /** "" without one */
  readonly phone: string;
  readonly phoneVerified: boolean;
  readonly passwordChangeRequired: boolean;
  readonly passwordChangedAt: Instant | null;
};

export type MachineView = Common & {
  readonly type: "machine";
  readonly name: string;
  readonly description: string;
  readonly accessTokenType: AccessTokenType;
};

export type UserView = HumanView | MachineView;

/** All that sign-in asks of a user, read at one moment. */
export type UserForSignIn = {
  readonly userId: UserId;
  readonly orgId: OrgId;
  readonly orgName: string;
  readonly orgActive: boolean;
  readonly type: "human" | "machine";
  readonly state: LivingUserStatus;
  readonly locked: boolean;
  readonly userName: string;
  readonly preferredLoginName: string;
  readonly displayName: string;
  readonly givenName: string;
  readonly familyName: string;
  readonly nickName: string;
  readonly preferredLanguage: string;
  readonly gender: Gender;
  readonly email: string;
  readonly emailVerified: boolean;
  readonly phone: string;
  readonly phoneVerified: boolean;
  readonly passwordHash: string | null;
  readonly passwordChangeRequired: boolean;
  readonly passwordChangedAt: Instant | null;
  readonly passwordFailures: number;
  readonly changedAt: Instant;
};

const columns = [
  "user_id",
  "org_id",
  "type",
  "state",
  "user_name",
  "given_name",
  "family_name",
  "nick_name",
  "display_name",
  "preferred_language",
  "gender",
  "email",
  "email_verified",
  "phone",
  "phone_verified",
  "password_change_required",
  "password_changed_at",
  "description",
  "access_token_type",
  "sequence",
  "created_at",
  "changed_at",
] as const;

const viewOf = (row: Pick<Database["users"], (typeof columns)[number]>): UserView => {
  const common = {
    userId: row.user_id as UserId,
    orgId: row.org_id as OrgId,
    state: row.state,
    userName: row.user_name,
    preferredLoginName: row.user_name,
    sequence: row.sequence,
    createdAt: row.created_at,
    changedAt: row.changed_at,
  };
  if (row.type === "machine") {
    return {
      ...common,
      type: "machine",
      name: row.display_name,
      description: row.description,
      accessTokenType: row.access_token_type,
    };
  }
  return {
    ...common,
    type: "human",
    givenName: row.given_name,
    familyName: row.family_name,
    nickName: row.nick_name,
    displayName: row.display_name,
    preferredLanguage: row.preferred_language,
    gender: row.gender,
    email: row.email,
    emailVerified: row.email_verified === 1,
    phone: row.phone,
    phoneVerified: row.phone_verified === 1,
    passwordChangeRequired: row.password_change_required === 1,
    passwordChangedAt: row.password_changed_at,
  };
};

export type UserReader = ReturnType<typeof userReader>;

/** Users. `get` and `list` answer callers and check them; the others serve Munot itself. */
export const userReader = ({ db }: { readonly db: Db }) => {
  const findById = async (ctx: Pick<Ctx, "instanceId">, userId: string): Promise<UserView | null> => {
    const row = await db
      .selectFrom("users")
      .select(columns)
      .where("instance_id", "=", ctx.instanceId)
      .where("user_id", "=", userId)
      .executeTakeFirst();
    return row ? viewOf(row) : null;
  };

  const signIn = (ctx: Pick<Ctx, "instanceId">) =>
    db
      .selectFrom("users")
      .innerJoin("orgs", (join) =>
        join.onRef("orgs.instance_id", "=", "users.instance_id").onRef("orgs.org_id", "=", "users.org_id"),
      )
      .select([
        "users.user_id",
        "users.org_id",
        "orgs.name as org_name",
        "orgs.state as org_state",
        "users.type",
        "users.state",
        "users.user_name",
        "users.user_name_folded",
        "users.display_name",
        "users.given_name",
        "users.family_name",
        "users.nick_name",
        "users.preferred_language",
        "users.gender",
        "users.email",
        "users.email_verified",
        "users.phone",
        "users.phone_verified",
        "users.password_hash",
        "users.password_change_required",
        "users.password_changed_at",
        "users.password_failures",
        "users.changed_at",
      ])
      .where("users.instance_id", "=", ctx.instanceId);
  type SignInRow = Awaited<ReturnType<ReturnType<typeof signIn>["execute"]>>[number];

  const forSignIn = (row: SignInRow): UserForSignIn => ({
    userId: row.user_id as UserId,
    orgId: row.org_id as OrgId,
    orgName: row.org_name,
    orgActive: row.org_state === "active",
    type: row.type,
    state: row.state,
    locked: row.state === "locked",
    userName: row.user_name,
    preferredLoginName: row.user_name,
    displayName: row.display_name,
    givenName: row.given_name,
    familyName: row.family_name,
    nickName: row.nick_name,
    preferredLanguage: row.preferred_language,
    gender: row.gender,
    email: row.email,
    emailVerified: row.email_verified === 1,
    phone: row.phone,
    phoneVerified: row.phone_verified === 1,
    passwordHash: row.password_hash,
    passwordChangeRequired: row.password_change_required === 1,
    passwordChangedAt: row.password_changed_at,
    passwordFailures: row.password_failures,
    changedAt: row.changed_at,
  });

  /**
   * The user of that name, else the one user that has it as e-mail address and has proved it: anybody can claim another's.
   * By one statement on two indexes.
   */
  const findByLoginName = async (
    ctx: Pick<Ctx, "instanceId">,
    loginName: string,
    by: { readonly email: boolean } = { email: true },
  ): Promise<UserForSignIn | null> => {
    const folded = fold(loginName.trim());
    if (folded === "") return null;
    const rows = await signIn(ctx)
      .where((eb) =>
        by.email
          ? eb.or([
              eb("users.user_name_folded", "=", folded),
              eb.and([eb("users.email_folded", "=", folded), eb("users.email_verified", "=", 1)]),
            ])
          : eb("users.user_name_folded", "=", folded),
      )
      .orderBy((eb) => eb.case().when("users.user_name_folded", "=", folded).then(0).else(1).end())
      .limit(2)
      .execute();
    const [first, second] = rows;
    if (!first) return null;
    return first.user_name_folded === folded || !second ? forSignIn(first) : null;
  };

  return {
    findById,
    findByLoginName,
    userForSignIn: async (ctx: Pick<Ctx, "instanceId">, userId: string): Promise<UserForSignIn | null> => {
      const row = await signIn(ctx).where("users.user_id", "=", userId).executeTakeFirst();
      return row ? forSignIn(row) : null;
    },
    /** One user; one that the caller may not read does not exist for it. Everybody may read their own. */
    get: async (ctx: Ctx, userId: string): Promise<UserView> => {
      authorise(ctx, needsAuthenticated);
      const found = await findById(ctx, userId);
      const own = ctx.actor.kind === "user" && ctx.actor.userId === found?.userId;
      if (!found || !(own || can(ctx.actor, "user.read", found))) throw new Refusal("user.not_found");
      return found;
    },
    /** The users that the caller may read, and the caller's own row. */
    list: async (ctx: Ctx, search: UserSearch): Promise<Listed<UserView>> => {
      authorise(ctx, needsAuthenticated);
      const matching = db
        .selectFrom("users")
        .where("users.instance_id", "=", ctx.instanceId)
        .where((eb) => userCondition(eb, ctx, search.filters, dialectOf(db)));
      const direction = search.page.asc ? "asc" : "desc";
      const [counted, rows] = await Promise.all([
        matching.select((eb) => eb.fn.countAll<number>().as("total")).executeTakeFirstOrThrow(),
        matching
          .select(columns)
          .orderBy(userSortColumns[search.sortBy], direction)
          .orderBy("user_id", direction)
          .limit(search.page.limit)
          .offset(search.page.offset)
          .execute(),
      ]);
      return { total: Number(counted.total), rows: rows.map(viewOf) };
    },
  };
};
