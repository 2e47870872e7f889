import { type Expression, type ExpressionBuilder, type SqlBool, sql } from "kysely";
import { type Ctx, needsAuthenticated, readable } from "../../kernel/actor.ts";
import type { InstanceId, OrgId, ProjectId, UserId } from "../../kernel/ids.ts";
import { authorise } from "../../kernel/runner.ts";
import type { Instant } from "../../kernel/time.ts";
import { unreachable } from "../../kernel/unreachable.ts";
import { checkSearch, type Listed, type PageWindow } from "../../platform/db/page.ts";
import { type TextMethod, textMatch } from "../../platform/db/text-match.ts";
import type { Database, Db } from "../../schema.ts";
import type { ProjectAccess } from "../auth-request/project-access.events.ts";
import type { GivenRole } from "./authorization.events.ts";

export type AuthorizationView = {
  readonly authorizationId: string;
  readonly orgId: OrgId;
  readonly state: "active" | "inactive";
  readonly user: {
    readonly userId: UserId;
    readonly loginName: string;
    readonly displayName: string;
    readonly orgId: OrgId;
  };
  readonly project: { readonly projectId: ProjectId; readonly name: string; readonly orgId: OrgId };
  /** keys of the roles that the project still has */
  readonly roles: readonly string[];
  readonly createdAt: Instant;
  readonly changedAt: Instant;
};

type Text = { readonly value: string; readonly method: TextMethod };

export type AuthorizationFilter =
  | { readonly is: "ids"; readonly ids: readonly string[] }
  | { readonly is: "org" | "user" | "userOrg" | "project"; readonly id: string }
  | { readonly is: "state"; readonly state: "active" | "inactive" | null }
  | ({ readonly is: "loginName" | "displayName" | "projectName" | "role" } & Text)
  /** of a project grant: there are none yet */
  | { readonly is: "none" };

const sortColumns = {
  created: "a.created_at",
  changed: "a.changed_at",
  id: "a.authorization_id",
  user: "a.user_id",
  project: "a.project_id",
  org: "a.org_id",
  userOrg: "u.org_id",
} as const;

export type AuthorizationSearch = {
  readonly filters: readonly AuthorizationFilter[];
  readonly sortBy: keyof typeof sortColumns;
  readonly page: PageWindow;
};

const idColumns = { org: "a.org_id", user: "a.user_id", userOrg: "u.org_id", project: "a.project_id" } as const;
const textColumns = {
  loginName: ["u.user_name", "u.user_name_folded"],
  displayName: ["u.display_name", "u.display_name_folded"],
  projectName: ["p.name", "p.name_folded"],
} as const;

const never = sql<SqlBool>`1 = 0`;

/** The roles that authorizations give now: a role that its project has lost gives nothing, nor does a later namesake. */
const livingRoles = (db: Db) =>
  db
    .selectFrom("authorizations as a")
    .innerJoin("authorization_roles as r", (on) =>
      on.onRef("r.instance_id", "=", "a.instance_id").onRef("r.authorization_id", "=", "a.authorization_id"),
    )
    .innerJoin("project_roles as pr", (on) =>
      on
        .onRef("pr.instance_id", "=", "a.instance_id")
        .onRef("pr.project_id", "=", "a.project_id")
        .onRef("pr.role_key", "=", "r.role_key")
        .onRef("pr.created_at", "=", "r.role_created_at"),
    );

/** A role that a user has, and the organization on which it was given. */
export type GrantedRole = {
  readonly projectId: ProjectId;
  readonly key: string;
  readonly org: { readonly id: OrgId; readonly primaryDomain: string };
};

export type AuthorizationReader = ReturnType<typeof authorizationReader>;

export const authorizationReader = ({ db }: { readonly db: Db }) => ({
  /** The authorizations that the caller may read; its own are always among them. */
  list: async (ctx: Ctx, search: AuthorizationSearch): Promise<Listed<AuthorizationView>> => {
    authorise(ctx, needsAuthenticated);
    checkSearch(search.filters);
    const matching = db
      .selectFrom("authorizations as a")
      .innerJoin("users as u", (on) =>
        on.onRef("u.instance_id", "=", "a.instance_id").onRef("u.user_id", "=", "a.user_id"),
      )
      .innerJoin("projects as p", (on) =>
        on.onRef("p.instance_id", "=", "a.instance_id").onRef("p.project_id", "=", "a.project_id"),
      )
      .where("a.instance_id", "=", ctx.instanceId)
      .where((eb) => eb.and([...search.filters.map((filter) => conditionOf(eb, filter)), visibleTo(eb, ctx)]));
    const direction = search.page.asc ? "asc" : "desc";
    const [counted, rows] = await Promise.all([
      matching.select((eb) => eb.fn.countAll<number>().as("total")).executeTakeFirstOrThrow(),
      matching
        .select([
          "a.authorization_id",
          "a.org_id",
          "a.state",
          "a.created_at",
          "a.changed_at",
          "u.user_id",
          "u.user_name",
          "u.display_name",
          "u.org_id as user_org_id",
          "p.project_id",
          "p.name as project_name",
          "p.org_id as project_org_id",
        ])
        .orderBy(sortColumns[search.sortBy], direction)
        .orderBy("a.authorization_id", direction)
        .limit(search.page.limit)
        .offset(search.page.offset)
        .execute(),
    ]);
    const ids = rows.map((row) => row.authorization_id);
    const roles =
      ids.length === 0
        ? []
        : await livingRoles(db)
            .select(["a.authorization_id", "r.role_key"])
            .where("a.instance_id", "=", ctx.instanceId)
            .where("a.authorization_id", "in", ids)
            .orderBy("r.role_key")
            .execute();
    return {
      total: Number(counted.total),
      // Ids were parsed when they were stored.
      rows: rows.map((row) => ({
        authorizationId: row.authorization_id,
        orgId: row.org_id as OrgId,
        state: row.state,
        user: {
          userId: row.user_id as UserId,
          loginName: row.user_name,
          displayName: row.display_name,
          orgId: row.user_org_id as OrgId,
        },
        project: {
          projectId: row.project_id as ProjectId,
          name: row.project_name,
          orgId: row.project_org_id as OrgId,
        },
        roles: roles.flatMap((role) => (role.authorization_id === row.authorization_id ? [role.role_key] : [])),
        createdAt: row.created_at,
        changedAt: row.changed_at,
      })),
    };
  },

  /** Those of the keys that are roles of the project now. */
  findProjectRoles: async (
    instanceId: InstanceId,
    projectId: ProjectId,
    keys: readonly string[],
  ): Promise<readonly GivenRole[]> => {
    if (keys.length === 0) return [];
    const rows = await db
      .selectFrom("project_roles")
      .select(["role_key", "created_at"])
      .where("instance_id", "=", instanceId)
      .where("project_id", "=", projectId)
      .where("role_key", "in", keys)
      .execute();
    return rows.map((row) => ({ key: row.role_key, since: row.created_at }));
  },

  /** The roles that the user has in these projects at this moment, as tokens and APIs are told. */
  grantedRoles: async (
    instanceId: InstanceId,
    userId: UserId,
    projectIds: readonly string[],
  ): Promise<readonly GrantedRole[]> => {
    if (projectIds.length === 0) return [];
    const rows = await livingRoles(db)
      .innerJoin("projects as p", (on) =>
        on.onRef("p.instance_id", "=", "a.instance_id").onRef("p.project_id", "=", "a.project_id"),
      )
      .innerJoin("orgs as o", (on) =>
        on.onRef("o.instance_id", "=", "a.instance_id").onRef("o.org_id", "=", "a.org_id"),
      )
      .select(["a.project_id", "r.role_key", "o.org_id", "o.primary_domain"])
      .where("a.instance_id", "=", instanceId)
      .where("a.user_id", "=", userId)
      .where("a.project_id", "in", projectIds)
      .where("a.state", "=", "active")
      .where("p.state", "=", "active")
      .where("o.state", "=", "active")
      .orderBy("a.project_id")
      .orderBy("r.role_key")
      .execute();
    return rows.map((row) => ({
      projectId: row.project_id as ProjectId,
      key: row.role_key,
      org: { id: row.org_id as OrgId, primaryDomain: row.primary_domain },
    }));
  },

  /** What the project of a client asks of this user; `null`: there is no such client, or it does not work now. */
  projectAccess: async (instanceId: InstanceId, clientId: string, userId: UserId): Promise<ProjectAccess | null> => {
    const project = await db
      .selectFrom("applications as c")
      .innerJoin("projects as p", (on) =>
        on.onRef("p.instance_id", "=", "c.instance_id").onRef("p.project_id", "=", "c.project_id"),
      )
      .innerJoin("orgs as o", (on) =>
        on.onRef("o.instance_id", "=", "p.instance_id").onRef("o.org_id", "=", "p.org_id"),
      )
      .select(["p.project_id", "p.org_id", "p.authorization_required", "p.access_required"])
      .where("c.instance_id", "=", instanceId)
      .where("c.client_id", "=", clientId)
      .where("c.state", "=", "active")
      .where("p.state", "=", "active")
      .where("o.state", "=", "active")
      .executeTakeFirst();
    if (project === undefined) return null;
    const role =
      project.authorization_required === 0
        ? undefined
        : await livingRoles(db)
            .select("r.role_key")
            .where("a.instance_id", "=", instanceId)
            .where("a.user_id", "=", userId)
            .where("a.project_id", "=", project.project_id)
            .where("a.state", "=", "active")
            .limit(1)
            .executeTakeFirst();
    return {
      authorizationRequired: project.authorization_required === 1,
      accessRequired: project.access_required === 1,
      projectOrgId: project.org_id as OrgId,
      hasRole: role !== undefined,
    };
  },
});

/** The tables that a search may compare, under the names that its statement gives them. */
type Searched = Database & {
  readonly a: Database["authorizations"];
  readonly u: Database["users"];
  readonly p: Database["projects"];
};
type Builder = ExpressionBuilder<Searched, "a" | "u" | "p">;

const conditionOf = (eb: Builder, filter: AuthorizationFilter): Expression<SqlBool> => {
  switch (filter.is) {
    case "ids":
      return filter.ids.length > 0 ? eb("a.authorization_id", "in", filter.ids) : never;
    case "org":
    case "user":
    case "userOrg":
    case "project":
      return eb(idColumns[filter.is], "=", filter.id);
    case "state":
      return filter.state === null ? never : eb("a.state", "=", filter.state);
    case "loginName":
    case "displayName":
    case "projectName": {
      const [exact, folded] = textColumns[filter.is];
      return textMatch({ exact: eb.ref(exact), folded: eb.ref(folded) }, filter.method, filter.value);
    }
    case "role":
      return eb.exists(
        eb
          .selectFrom("authorization_roles as r")
          .innerJoin("project_roles as pr", (on) =>
            on
              .onRef("pr.instance_id", "=", "r.instance_id")
              .onRef("pr.role_key", "=", "r.role_key")
              .onRef("pr.created_at", "=", "r.role_created_at"),
          )
          .select("r.role_key")
          .whereRef("r.instance_id", "=", "a.instance_id")
          .whereRef("r.authorization_id", "=", "a.authorization_id")
          .whereRef("pr.project_id", "=", "a.project_id")
          .where((roles) => {
            const columns = { exact: roles.ref("pr.role_key"), folded: roles.ref("pr.role_key_folded") };
            return textMatch(columns, filter.method, filter.value);
          }),
      );
    case "none":
      return never;
    default:
      return unreachable(filter);
  }
};

/** Rows of organizations and projects where the caller may read user grants, and those about the caller. */
const visibleTo = (eb: Builder, ctx: Ctx): Expression<SqlBool> => {
  const allowed = readable(ctx.actor, "user.grant.read");
  if (allowed.all) return sql<SqlBool>`1 = 1`;
  const visible: Expression<SqlBool>[] = [];
  if (allowed.orgIds.length > 0) visible.push(eb("a.org_id", "in", allowed.orgIds));
  if (allowed.projectIds.length > 0) visible.push(eb("a.project_id", "in", allowed.projectIds));
  if (ctx.actor.kind === "user") visible.push(eb("a.user_id", "=", ctx.actor.userId));
  return visible.length > 0 ? eb.or(visible) : never;
};
