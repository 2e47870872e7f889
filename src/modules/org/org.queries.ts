import { type Expression, type SqlBool, sql } from "kysely";
import { type Ctx, needsAuthenticated, readable } from "../../kernel/actor.ts";
import type { OrgId } from "../../kernel/ids.ts";
import { authorise } from "../../kernel/runner.ts";
import type { Instant } from "../../kernel/time.ts";
import { unreachable } from "../../kernel/unreachable.ts";
import { checkSearch, type Listed, type PageWindow } from "../../platform/db/page.ts";
import { type TextMethod, textMatch } from "../../platform/db/text-match.ts";
import type { Db } from "../../schema.ts";

export type OrgView = {
  readonly orgId: OrgId;
  readonly name: string;
  readonly state: "active" | "inactive";
  readonly primaryDomain: string;
  readonly sequence: number;
  readonly createdAt: Instant;
  readonly changedAt: Instant;
};

export type OrgFilter =
  | { readonly is: "name"; readonly value: string; readonly method: TextMethod }
  /** any domain of the org, primary or not */
  | { readonly is: "domain"; readonly value: string; readonly method: TextMethod }
  /** `null`: a state that no listed org is in */
  | { readonly is: "state"; readonly state: "active" | "inactive" | null }
  | { readonly is: "id"; readonly id: string }
  /** the instance's default org */
  | { readonly is: "default" };

export type OrgSearch = {
  readonly filters: readonly OrgFilter[];
  readonly sortBy: "name" | "created";
  readonly page: PageWindow;
};

const sortColumns = { name: "orgs.name_folded", created: "orgs.created_at" } as const;

export type OrgReader = ReturnType<typeof orgReader>;

/** Organizations. */
export const orgReader = ({ db }: { readonly db: Db }) => ({
  /** The orgs that the caller may read. */
  list: async (ctx: Ctx, search: OrgSearch): Promise<Listed<OrgView>> => {
    authorise(ctx, needsAuthenticated);
    checkSearch(search.filters);
    const allowed = readable(ctx.actor, "org.read");
    const matching = db
      .selectFrom("orgs")
      .where("orgs.instance_id", "=", ctx.instanceId)
      .where((eb) => {
        const condition = (filter: OrgFilter): Expression<SqlBool> => {
          switch (filter.is) {
            case "name":
              return textMatch(
                { exact: eb.ref("orgs.name"), folded: eb.ref("orgs.name_folded") },
                filter.method,
                filter.value,
              );
            case "domain":
              return eb.exists(
                eb
                  .selectFrom("org_domains")
                  .select("org_domains.domain")
                  .whereRef("org_domains.instance_id", "=", "orgs.instance_id")
                  .whereRef("org_domains.org_id", "=", "orgs.org_id")
                  .where((domains) => {
                    const domain = domains.ref("org_domains.domain");
                    return textMatch({ exact: domain, folded: domain }, filter.method, filter.value);
                  }),
              );
            case "state":
              return filter.state === null ? sql<SqlBool>`1 = 0` : eb("orgs.state", "=", filter.state);
            case "id":
              return eb("orgs.org_id", "=", filter.id);
            case "default":
              return eb.exists(
                eb
                  .selectFrom("instances")
                  .select("instances.instance_id")
                  .whereRef("instances.instance_id", "=", "orgs.instance_id")
                  .whereRef("instances.default_org_id", "=", "orgs.org_id"),
              );
            default:
              return unreachable(filter);
          }
        };
        const conditions = search.filters.map(condition);
        if (allowed.all) return eb.and(conditions);
        const visible = allowed.orgIds.length > 0 ? eb("orgs.org_id", "in", allowed.orgIds) : sql<SqlBool>`1 = 0`;
        return eb.and([...conditions, visible]);
      });
    const direction = search.page.asc ? "asc" : "desc";
    const [counted, rows] = await Promise.all([
      matching.select((eb) => eb.fn.countAll<number>().as("total")).executeTakeFirstOrThrow(),
      matching
        .select([
          "orgs.org_id",
          "orgs.name",
          "orgs.state",
          "orgs.primary_domain",
          "orgs.sequence",
          "orgs.created_at",
          "orgs.changed_at",
        ])
        .orderBy(sortColumns[search.sortBy], direction)
        .orderBy("orgs.org_id", direction)
        .limit(search.page.limit)
        .offset(search.page.offset)
        .execute(),
    ]);
    return {
      total: Number(counted.total),
      rows: rows.map((row) => ({
        orgId: row.org_id as OrgId,
        name: row.name,
        state: row.state,
        primaryDomain: row.primary_domain,
        sequence: row.sequence,
        createdAt: row.created_at,
        changedAt: row.changed_at,
      })),
    };
  },
  /** Whether some org of the instance holds the (folded) domain. */
  isOrgDomainTaken: async (ctx: Pick<Ctx, "instanceId">, domain: string): Promise<boolean> => {
    const row = await db
      .selectFrom("org_domains")
      .select("org_id")
      .where("instance_id", "=", ctx.instanceId)
      .where("domain", "=", domain)
      .where("verified", "=", 1)
      .executeTakeFirst();
    return row !== undefined;
  },
  /** The org that holds the (folded) verified domain. */
  orgByDomain: async (ctx: Pick<Ctx, "instanceId">, domain: string): Promise<OrgId | null> => {
    const row = await db
      .selectFrom("org_domains")
      .select("org_id")
      .where("instance_id", "=", ctx.instanceId)
      .where("domain", "=", domain)
      .where("verified", "=", 1)
      .executeTakeFirst();
    return row ? (row.org_id as OrgId) : null;
  },
});
