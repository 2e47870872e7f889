import { type Expression, type SqlBool, sql } from "kysely";
import { type Ctx, can, needs, needsAuthenticated, readable } from "../../kernel/actor.ts";
import type { OrgId, ProjectId } from "../../kernel/ids.ts";
import { Refusal } from "../../kernel/refusal.ts";
import { authorise } from "../../kernel/runner.ts";
import type { Instant } from "../../kernel/time.ts";
import { unreachable } from "../../kernel/unreachable.ts";
import { checkSearch, type Listed, type PageWindow } from "../../platform/db/page.ts";
import { type TextMethod, textMatch } from "../../platform/db/text-match.ts";
import type { Database, Db } from "../../schema.ts";
import type { PrivateLabeling } from "./project.events.ts";

export type ProjectView = {
  readonly projectId: ProjectId;
  readonly orgId: OrgId;
  readonly name: string;
  readonly state: "active" | "inactive";
  readonly roleAssertion: boolean;
  readonly authorizationRequired: boolean;
  readonly accessRequired: boolean;
  readonly privateLabeling: PrivateLabeling;
  readonly createdAt: Instant;
  readonly changedAt: Instant;
};

export type ProjectFilter =
  | { readonly is: "name"; readonly value: string; readonly method: TextMethod }
  | { readonly is: "ids"; readonly ids: readonly string[] }
  | { readonly is: "owner"; readonly orgId: string }
  /** granted to that org: there are no project grants yet, so none is */
  | { readonly is: "granted_to"; readonly orgId: string };

export type ProjectSearch = {
  readonly filters: readonly ProjectFilter[];
  readonly sortBy: "id" | "created" | "changed" | "name";
  readonly page: PageWindow;
};

const sortColumns = { id: "project_id", created: "created_at", changed: "changed_at", name: "name_folded" } as const;

const columns = [
  "project_id",
  "org_id",
  "name",
  "state",
  "role_assertion",
  "authorization_required",
  "access_required",
  "private_labeling",
  "created_at",
  "changed_at",
] as const;

const viewOf = (row: Pick<Database["projects"], (typeof columns)[number]>): ProjectView => ({
  projectId: row.project_id as ProjectId,
  orgId: row.org_id as OrgId,
  name: row.name,
  state: row.state,
  roleAssertion: row.role_assertion === 1,
  authorizationRequired: row.authorization_required === 1,
  accessRequired: row.access_required === 1,
  privateLabeling: row.private_labeling,
  createdAt: row.created_at,
  changedAt: row.changed_at,
});

/** The projects of organizations that exist: the rows of a removed one go a moment after it. */
const livingProjects = (db: Db) =>
  db
    .selectFrom("projects")
    .where((eb) =>
      eb.exists(
        eb
          .selectFrom("orgs as o")
          .select("o.org_id")
          .whereRef("o.instance_id", "=", "projects.instance_id")
          .whereRef("o.org_id", "=", "projects.org_id"),
      ),
    );

export type ProjectReader = ReturnType<typeof projectReader>;

/** Projects. */
export const projectReader = ({ db }: { readonly db: Db }) => ({
  /** One project; one that the caller may not read does not exist for it. */
  get: async (ctx: Ctx, id: string): Promise<ProjectView> => {
    authorise(ctx, needsAuthenticated);
    const row = await livingProjects(db)
      .select(columns)
      .where("instance_id", "=", ctx.instanceId)
      .where("project_id", "=", id)
      .executeTakeFirst();
    const found = row ? viewOf(row) : null;
    if (!found || !can(ctx.actor, "project.read", found)) throw new Refusal("project.not_found");
    return found;
  },
  /** The projects that the caller may read; refused to who may read none at all. */
  list: async (ctx: Ctx, search: ProjectSearch): Promise<Listed<ProjectView>> => {
    const allowed = readable(ctx.actor, "project.read");
    if (!allowed.all && allowed.orgIds.length + allowed.projectIds.length === 0) {
      authorise(ctx, needs("project.read"));
    }
    checkSearch(search.filters);
    const matching = livingProjects(db)
      .where("instance_id", "=", ctx.instanceId)
      .where((eb) => {
        const condition = (filter: ProjectFilter): Expression<SqlBool> => {
          switch (filter.is) {
            case "name":
              return textMatch({ exact: eb.ref("name"), folded: eb.ref("name_folded") }, filter.method, filter.value);
            case "ids":
              return filter.ids.length > 0 ? eb("project_id", "in", filter.ids) : sql<SqlBool>`1 = 0`;
            case "owner":
              return eb("org_id", "=", filter.orgId);
            case "granted_to":
              return sql<SqlBool>`1 = 0`;
            default:
              return unreachable(filter);
          }
        };
        const conditions = search.filters.map(condition);
        if (allowed.all) return eb.and(conditions);
        const visible: Expression<SqlBool>[] = [];
        if (allowed.orgIds.length > 0) visible.push(eb("org_id", "in", allowed.orgIds));
        if (allowed.projectIds.length > 0) visible.push(eb("project_id", "in", allowed.projectIds));
        return eb.and([...conditions, eb.or(visible)]);
      });
    const direction = search.page.asc ? "asc" : "desc";
    const [counted, rows] = await Promise.all([
      matching.select((eb) => eb.fn.countAll<number>().as("total")).executeTakeFirstOrThrow(),
      matching
        .select(columns)
        .orderBy(sortColumns[search.sortBy], direction)
        .orderBy("project_id", direction)
        .limit(search.page.limit)
        .offset(search.page.offset)
        .execute(),
    ]);
    return { total: Number(counted.total), rows: rows.map(viewOf) };
  },
});
