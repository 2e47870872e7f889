import { type Expression, type ExpressionBuilder, type SqlBool, sql } from "kysely";
import { type Ctx, needsAuthenticated, readable } from "../../kernel/actor.ts";
import type { OrgId, UserId } from "../../kernel/ids.ts";
import { limits } from "../../kernel/limits.ts";
import { isRole, type Role } from "../../kernel/permissions.ts";
import { Refusal } from "../../kernel/refusal.ts";
import { authorise } from "../../kernel/runner.ts";
import type { Instant } from "../../kernel/time.ts";
import { unreachable } from "../../kernel/unreachable.ts";
import { checkSearch, type Listed, type PageWindow } from "../../platform/db/page.ts";
import { type TextMethod, textMatch } from "../../platform/db/text-match.ts";
import type { Database, Db } from "../../schema.ts";
import type { AdministratorLevel } from "./administrator.events.ts";

export type AdministratorView = {
  readonly user: {
    readonly userId: UserId;
    readonly loginName: string;
    readonly displayName: string;
    readonly orgId: OrgId;
  };
  readonly on:
    | { readonly level: "instance" }
    | { readonly level: "org"; readonly id: string; readonly name: string }
    | { readonly level: "project"; readonly id: string; readonly name: string; readonly orgId: string };
  readonly roles: readonly Role[];
  readonly createdAt: Instant;
  readonly changedAt: Instant;
};

export const comparisons = ["=", ">", ">=", "<", "<="] as const;
type Comparison = (typeof comparisons)[number];

export type AdministratorFilter =
  | { readonly is: "created" | "changed"; readonly at: Instant; readonly compare: Comparison }
  | { readonly is: "users"; readonly ids: readonly string[] }
  | { readonly is: "userOrg"; readonly orgId: string }
  | { readonly is: "loginName" | "displayName"; readonly value: string; readonly method: TextMethod }
  | { readonly is: "on"; readonly level: AdministratorLevel; readonly objectId: string }
  | { readonly is: "role"; readonly role: string }
  /** on a project grant: there are none yet */
  | { readonly is: "none" }
  | { readonly is: "and" | "or"; readonly of: readonly AdministratorFilter[] }
  | { readonly is: "not"; readonly of: AdministratorFilter };

const sortColumns = { user: "a.user_id", created: "a.created_at", changed: "a.changed_at" } as const;

export type AdministratorSearch = {
  readonly filters: readonly AdministratorFilter[];
  readonly sortBy: keyof typeof sortColumns;
  readonly page: PageWindow;
};

const childrenOf = (filter: AdministratorFilter): readonly AdministratorFilter[] =>
  filter.is === "and" || filter.is === "or" ? filter.of : filter.is === "not" ? [filter.of] : [];

/** Refuses a search whose filters are nested too deep or too many: its cost must stay bounded. */
const checkSize = (filters: readonly AdministratorFilter[]): void => {
  const all: AdministratorFilter[] = [];
  let level = filters;
  for (let depth = 1; level.length > 0; depth += 1) {
    if (depth > limits.filterDepth) {
      throw new Refusal("request.invalid", { fields: [{ path: "filters", problem: "are nested too deep" }] });
    }
    all.push(...level);
    checkSearch(all);
    level = level.flatMap(childrenOf);
  }
};

export type AdministratorSearchReader = ReturnType<typeof administratorSearchReader>;

export const administratorSearchReader = ({ db }: { readonly db: Db }) => ({
  /** The administrators that the caller may read, each level by its own permission; its own roles are always among them. */
  list: async (ctx: Ctx, search: AdministratorSearch): Promise<Listed<AdministratorView>> => {
    authorise(ctx, needsAuthenticated);
    checkSize(search.filters);
    const matching = db
      .selectFrom("administrators as a")
      .innerJoin("users as u", (on) =>
        on.onRef("u.instance_id", "=", "a.instance_id").onRef("u.user_id", "=", "a.user_id"),
      )
      .leftJoin("orgs as o", (on) =>
        on.onRef("o.instance_id", "=", "a.instance_id").onRef("o.org_id", "=", "a.object_id").on("a.level", "=", "org"),
      )
      .leftJoin("projects as p", (on) =>
        on
          .onRef("p.instance_id", "=", "a.instance_id")
          .onRef("p.project_id", "=", "a.object_id")
          .on("a.level", "=", "project"),
      )
      .where("a.instance_id", "=", ctx.instanceId)
      .where((eb) =>
        eb.and([
          eb.or([eb("a.level", "=", "instance"), eb("o.org_id", "is not", null), eb("p.project_id", "is not", null)]),
          ...search.filters.map((filter) => conditionOf(eb, ctx, filter)),
          visibleTo(eb, ctx),
        ]),
      );
    const direction = search.page.asc ? "asc" : "desc";
    const [counted, rows] = await Promise.all([
      matching.select((eb) => eb.fn.countAll<number>().as("total")).executeTakeFirstOrThrow(),
      matching
        .select([
          "a.level",
          "a.object_id",
          "a.roles",
          "a.created_at",
          "a.changed_at",
          "u.user_id",
          "u.user_name",
          "u.display_name",
          "u.org_id as user_org_id",
          "o.name as org_name",
          "p.name as project_name",
          "p.org_id as project_org_id",
        ])
        .orderBy(sortColumns[search.sortBy], direction)
        .orderBy("a.administrator_id", direction)
        .limit(search.page.limit)
        .offset(search.page.offset)
        .execute(),
    ]);
    return {
      total: Number(counted.total),
      rows: rows.map((row) => ({
        // Ids were parsed when they were stored.
        user: {
          userId: row.user_id as UserId,
          loginName: row.user_name,
          displayName: row.display_name,
          orgId: row.user_org_id as OrgId,
        },
        on: objectOf(row),
        roles: (JSON.parse(row.roles) as string[]).filter(isRole),
        createdAt: row.created_at,
        changedAt: row.changed_at,
      })),
    };
  },

  /** The stream that holds the user's roles on the object, or "": the API names administrators by user and object. */
  idOn: async (
    ctx: Pick<Ctx, "instanceId">,
    on: { readonly level: AdministratorLevel; readonly objectId: string; readonly userId: string },
  ): Promise<string> => {
    const row = await db
      .selectFrom("administrators")
      .select("administrator_id")
      .where("instance_id", "=", ctx.instanceId)
      .where("user_id", "=", on.userId)
      .where("level", "=", on.level)
      .where("object_id", "=", on.objectId)
      .executeTakeFirst();
    return row?.administrator_id ?? "";
  },
});

const objectOf = (row: {
  readonly level: AdministratorLevel;
  readonly object_id: string;
  readonly org_name: string | null;
  readonly project_name: string | null;
  readonly project_org_id: string | null;
}): AdministratorView["on"] => {
  switch (row.level) {
    case "instance":
      return { level: "instance" };
    case "org":
      return { level: "org", id: row.object_id, name: row.org_name ?? "" };
    case "project":
      return { level: "project", id: row.object_id, name: row.project_name ?? "", orgId: row.project_org_id ?? "" };
    default:
      return unreachable(row.level);
  }
};

/** The tables that a search may compare, under the names that its statement gives them. */
type Searched = Database & {
  readonly a: Database["administrators"];
  readonly u: Database["users"];
  readonly p: Database["projects"];
};
type Builder = ExpressionBuilder<Searched, "a" | "u" | "p">;

const never = sql<SqlBool>`1 = 0`;
const textColumns = {
  loginName: ["u.user_name", "u.user_name_folded"],
  displayName: ["u.display_name", "u.display_name_folded"],
} as const;

const conditionOf = (eb: Builder, ctx: Ctx, filter: AdministratorFilter): Expression<SqlBool> => {
  switch (filter.is) {
    case "created":
      return eb("a.created_at", filter.compare, filter.at);
    case "changed":
      return eb("a.changed_at", filter.compare, filter.at);
    case "users":
      return filter.ids.length > 0 ? eb("a.user_id", "in", filter.ids) : never;
    case "userOrg":
      return eb("u.org_id", "=", filter.orgId);
    case "loginName":
    case "displayName": {
      const [exact, folded] = textColumns[filter.is];
      return textMatch({ exact: eb.ref(exact), folded: eb.ref(folded) }, filter.method, filter.value);
    }
    case "on":
      return filter.level === "instance"
        ? eb("a.level", "=", "instance")
        : eb.and([eb("a.level", "=", filter.level), eb("a.object_id", "=", filter.objectId)]);
    case "role": {
      // Stored as a JSON list: a name is there with its quotes, so that no other one that holds it is found.
      const roles = eb.ref("a.roles");
      return isRole(filter.role)
        ? textMatch({ exact: roles, folded: roles }, "contains", JSON.stringify(filter.role))
        : never;
    }
    case "none":
      return never;
    case "and":
      return eb.and(filter.of.map((one) => conditionOf(eb, ctx, one)));
    case "or":
      return filter.of.length > 0 ? eb.or(filter.of.map((one) => conditionOf(eb, ctx, one))) : never;
    case "not":
      return eb.not(conditionOf(eb, ctx, filter.of));
    default:
      return unreachable(filter);
  }
};

/** Each level is read by its own permission, on the object itself. */
const visibleTo = (eb: Builder, { actor }: Ctx): Expression<SqlBool> => {
  const visible: Expression<SqlBool>[] = [];
  const level = (name: AdministratorLevel) => eb("a.level", "=", name);
  if (readable(actor, "iam.member.read").all) visible.push(level("instance"));
  const orgs = readable(actor, "org.member.read");
  if (orgs.all) visible.push(level("org"));
  else if (orgs.orgIds.length > 0) visible.push(eb.and([level("org"), eb("a.object_id", "in", orgs.orgIds)]));
  const projects = readable(actor, "project.member.read");
  if (projects.all) visible.push(level("project"));
  else {
    if (projects.orgIds.length > 0) visible.push(eb.and([level("project"), eb("p.org_id", "in", projects.orgIds)]));
    if (projects.projectIds.length > 0) {
      visible.push(eb.and([level("project"), eb("a.object_id", "in", projects.projectIds)]));
    }
  }
  if (actor.kind === "user") visible.push(eb("a.user_id", "=", actor.userId));
  return visible.length > 0 ? eb.or(visible) : never;
};
