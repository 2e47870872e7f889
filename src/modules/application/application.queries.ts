import { type Expression, type SqlBool, sql } from "kysely";
import { type Ctx, can, needsAuthenticated, readable } from "../../kernel/actor.ts";
import type { ApplicationId, OrgId, ProjectId } from "../../kernel/ids.ts";
import { Refusal } from "../../kernel/refusal.ts";
import { authorise } from "../../kernel/runner.ts";
import type { Instant } from "../../kernel/time.ts";
import { unreachable } from "../../kernel/unreachable.ts";
import { checkSearch, type Listed, type PageWindow } from "../../platform/db/page.ts";
import { type TextMethod, textMatch } from "../../platform/db/text-match.ts";
import type { Database, Db } from "../../schema.ts";
import type { ApiConfig, OidcConfig } from "./application.events.ts";
import { readClientSettings } from "./client-settings.events.ts";

type Configured =
  | { readonly kind: "oidc"; readonly config: OidcConfig }
  | { readonly kind: "api"; readonly config: ApiConfig };

export type ApplicationView = Configured & {
  readonly applicationId: ApplicationId;
  readonly projectId: ProjectId;
  readonly orgId: OrgId;
  readonly name: string;
  readonly state: "active" | "inactive";
  readonly clientId: string;
  readonly createdAt: Instant;
  readonly changedAt: Instant;
};

export type ApplicationFilter =
  | { readonly is: "name"; readonly value: string; readonly method: TextMethod }
  /** `null`: a state that no listed application is in */
  | { readonly is: "state"; readonly state: "active" | "inactive" | null }
  /** `null`: a kind that is not built */
  | { readonly is: "kind"; readonly kind: "oidc" | "api" | null };

export type ApplicationSearch = {
  readonly projectId: string;
  readonly filters: readonly ApplicationFilter[];
  readonly sortBy: "id" | "name" | "state" | "created" | "changed";
  readonly page: PageWindow;
};

const sortColumns = {
  id: "application_id",
  name: "name_folded",
  state: "state",
  created: "created_at",
  changed: "changed_at",
} as const;

const columns = [
  "application_id",
  "project_id",
  "org_id",
  "kind",
  "name",
  "state",
  "client_id",
  "config",
  "created_at",
  "changed_at",
] as const;

const configuredOf = (row: { readonly kind: "oidc" | "api"; readonly config: string }): Configured =>
  // Written by the projection from a payload that the schema of this kind has parsed.
  ({ kind: row.kind, config: JSON.parse(row.config) }) as Configured;

const viewOf = (row: Pick<Database["applications"], (typeof columns)[number]>): ApplicationView => ({
  ...configuredOf(row),
  applicationId: row.application_id as ApplicationId,
  projectId: row.project_id as ProjectId,
  orgId: row.org_id as OrgId,
  name: row.name,
  state: row.state,
  clientId: row.client_id ?? "",
  createdAt: row.created_at,
  changedAt: row.changed_at,
});

/** The applications of projects and organizations that exist: the rows of removed ones go a moment later. */
const livingApplications = (db: Db) =>
  db.selectFrom("applications").where((eb) =>
    eb.exists(
      eb
        .selectFrom("projects as p")
        .innerJoin("orgs as o", (on) =>
          on.onRef("o.instance_id", "=", "p.instance_id").onRef("o.org_id", "=", "p.org_id"),
        )
        .select("p.project_id")
        .whereRef("p.instance_id", "=", "applications.instance_id")
        .whereRef("p.project_id", "=", "applications.project_id"),
    ),
  );

export type ApplicationReader = ReturnType<typeof applicationReader>;

/** Applications as administrators see them; protocols read theirs in client.queries.ts. */
export const applicationReader = ({ db }: { readonly db: Db }) => ({
  /** One application; one that the caller may not read does not exist for it. */
  get: async (ctx: Ctx, id: string): Promise<ApplicationView> => {
    authorise(ctx, needsAuthenticated);
    const row = await livingApplications(db)
      .select(columns)
      .where("instance_id", "=", ctx.instanceId)
      .where("application_id", "=", id)
      .executeTakeFirst();
    const found = row ? viewOf(row) : null;
    if (!found || !can(ctx.actor, "project.app.read", found)) throw new Refusal("application.not_found");
    return found;
  },
  /** The client settings of one application of a project. */
  settingsOf: async (ctx: Ctx, of: { readonly projectId: string; readonly applicationId: string }) => {
    authorise(ctx, needsAuthenticated);
    const row = await livingApplications(db)
      .select(["settings", "org_id", "project_id"])
      .where("instance_id", "=", ctx.instanceId)
      .where("application_id", "=", of.applicationId)
      .where("project_id", "=", of.projectId)
      .executeTakeFirst();
    const owner = row && { orgId: row.org_id as OrgId, projectId: row.project_id as ProjectId };
    if (!row || !can(ctx.actor, "project.app.read", owner)) throw new Refusal("application.not_found");
    return readClientSettings(row.settings);
  },
  /** The applications of a project that the caller may read. */
  list: async (ctx: Ctx, search: ApplicationSearch): Promise<Listed<ApplicationView>> => {
    authorise(ctx, needsAuthenticated);
    checkSearch(search.filters);
    const allowed = readable(ctx.actor, "project.app.read");
    const matching = livingApplications(db)
      .where("instance_id", "=", ctx.instanceId)
      .where("project_id", "=", search.projectId)
      .where((eb) => {
        const condition = (filter: ApplicationFilter): Expression<SqlBool> => {
          switch (filter.is) {
            case "name":
              return textMatch({ exact: eb.ref("name"), folded: eb.ref("name_folded") }, filter.method, filter.value);
            case "state":
              return filter.state === null ? sql<SqlBool>`1 = 0` : eb("state", "=", filter.state);
            case "kind":
              return filter.kind === null ? sql<SqlBool>`1 = 0` : eb("kind", "=", filter.kind);
            default:
              return unreachable(filter);
          }
        };
        const conditions = search.filters.map(condition);
        if (allowed.all) return eb.and(conditions);
        const visible: Expression<SqlBool>[] = [];
        if (allowed.orgIds.length > 0) visible.push(eb("org_id", "in", allowed.orgIds));
        if (allowed.projectIds.length > 0) visible.push(eb("project_id", "in", allowed.projectIds));
        return eb.and([...conditions, visible.length > 0 ? eb.or(visible) : sql<SqlBool>`1 = 0`]);
      });
    const direction = search.page.asc ? "asc" : "desc";
    const [counted, rows] = await Promise.all([
      matching.select((eb) => eb.fn.countAll<number>().as("total")).executeTakeFirstOrThrow(),
      matching
        .select(columns)
        .orderBy(sortColumns[search.sortBy], direction)
        .orderBy("application_id", direction)
        .limit(search.page.limit)
        .offset(search.page.offset)
        .execute(),
    ]);
    return { total: Number(counted.total), rows: rows.map(viewOf) };
  },
});
