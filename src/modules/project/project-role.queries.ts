import { type Expression, type SqlBool, sql } from "kysely";
import { type Ctx, needs, readable } from "../../kernel/actor.ts";
import type { ProjectId } from "../../kernel/ids.ts";
import { authorise } from "../../kernel/runner.ts";
import type { Instant } from "../../kernel/time.ts";
import { unreachable } from "../../kernel/unreachable.ts";
import { checkSearch, type Listed, type PageWindow } from "../../platform/db/page.ts";
import { type TextMethod, textMatch } from "../../platform/db/text-match.ts";
import type { Db } from "../../schema.ts";

export type ProjectRoleView = {
  readonly projectId: ProjectId;
  readonly key: string;
  readonly displayName: string;
  readonly group: string;
  readonly createdAt: Instant;
  readonly changedAt: Instant;
};

export type ProjectRoleFilter = {
  readonly is: "key" | "displayName";
  readonly value: string;
  readonly method: TextMethod;
};

export type ProjectRoleSearch = {
  readonly projectId: string;
  readonly filters: readonly ProjectRoleFilter[];
  readonly sortBy: "key" | "created" | "changed";
  readonly page: PageWindow;
};

const sortColumns = { key: "r.role_key", created: "r.created_at", changed: "r.changed_at" } as const;

export type ProjectRoleReader = ReturnType<typeof projectRoleReader>;

/** Roles of projects. */
export const projectRoleReader = ({ db }: { readonly db: Db }) => ({
  /** The roles of a project, if the caller may read them; refused to who may read none of any project. */
  list: async (ctx: Ctx, search: ProjectRoleSearch): Promise<Listed<ProjectRoleView>> => {
    checkSearch(search.filters);
    const allowed = readable(ctx.actor, "project.role.read");
    if (!allowed.all && allowed.orgIds.length + allowed.projectIds.length === 0) {
      authorise(ctx, needs("project.role.read"));
    }
    const matching = db
      .selectFrom("project_roles as r")
      .innerJoin("projects as p", (on) =>
        on.onRef("p.instance_id", "=", "r.instance_id").onRef("p.project_id", "=", "r.project_id"),
      )
      .where("r.instance_id", "=", ctx.instanceId)
      .where("r.project_id", "=", search.projectId)
      .where((eb) => {
        const condition = (filter: ProjectRoleFilter): Expression<SqlBool> => {
          switch (filter.is) {
            case "key":
              return textMatch(
                { exact: eb.ref("r.role_key"), folded: eb.ref("r.role_key_folded") },
                filter.method,
                filter.value,
              );
            case "displayName":
              return textMatch(
                { exact: eb.ref("r.display_name"), folded: eb.ref("r.display_name_folded") },
                filter.method,
                filter.value,
              );
            default:
              return unreachable(filter.is);
          }
        };
        const conditions = search.filters.map(condition);
        if (allowed.all) return eb.and(conditions);
        const visible: Expression<SqlBool>[] = [sql<SqlBool>`1 = 0`];
        if (allowed.orgIds.length > 0) visible.push(eb("p.org_id", "in", allowed.orgIds));
        if (allowed.projectIds.length > 0) visible.push(eb("p.project_id", "in", allowed.projectIds));
        return eb.and([...conditions, eb.or(visible)]);
      });
    const direction = search.page.asc ? "asc" : "desc";
    const [counted, rows] = await Promise.all([
      matching.select((eb) => eb.fn.countAll<number>().as("total")).executeTakeFirstOrThrow(),
      matching
        .select(["r.project_id", "r.role_key", "r.display_name", "r.role_group", "r.created_at", "r.changed_at"])
        .orderBy(sortColumns[search.sortBy], direction)
        .orderBy("r.role_key", direction)
        .limit(search.page.limit)
        .offset(search.page.offset)
        .execute(),
    ]);
    return {
      total: Number(counted.total),
      rows: rows.map((row) => ({
        projectId: row.project_id as ProjectId,
        key: row.role_key,
        displayName: row.display_name,
        group: row.role_group,
        createdAt: row.created_at,
        changedAt: row.changed_at,
      })),
    };
  },
});
