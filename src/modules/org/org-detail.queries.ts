import { type Ctx, needs } from "../../kernel/actor.ts";
import { type OrgId, orgId } from "../../kernel/ids.ts";
import { authorise, parse } from "../../kernel/runner.ts";
import type { Instant } from "../../kernel/time.ts";
import { checkSearch, type Listed, type PageWindow } from "../../platform/db/page.ts";
import { type TextMethod, textMatch } from "../../platform/db/text-match.ts";
import type { Db } from "../../schema.ts";

export type OrgDomainView = { readonly domain: string; readonly isVerified: boolean; readonly isPrimary: boolean };

export type OrgMetadataView = {
  readonly key: string;
  readonly value: Uint8Array;
  readonly createdAt: Instant;
  readonly changedAt: Instant;
};

/** Filters by the one text that the rows have: the domain, or the key. */
export type OrgDetailSearch = {
  readonly orgId: string;
  readonly filters: readonly { readonly value: string; readonly method: TextMethod }[];
  readonly page: PageWindow;
};

export type OrgDetailReader = ReturnType<typeof orgDetailReader>;

/** What one organization has many of; whoever may not read the organization learns nothing of it. */
export const orgDetailReader = ({ db }: { readonly db: Db }) => ({
  domains: async (ctx: Ctx, search: OrgDetailSearch): Promise<Listed<OrgDomainView>> => {
    const id = parse(orgId, search.orgId);
    authorise(ctx, needs("org.read", { orgId: id }));
    checkSearch(search.filters);
    const matching = db
      .selectFrom("org_domains as d")
      .innerJoin("orgs as o", (on) =>
        on.onRef("o.instance_id", "=", "d.instance_id").onRef("o.org_id", "=", "d.org_id"),
      )
      .where("d.instance_id", "=", ctx.instanceId)
      .where("d.org_id", "=", id)
      .where((eb) => {
        const domain = eb.ref("d.domain");
        return eb.and(
          search.filters.map(({ method, value }) => textMatch({ exact: domain, folded: domain }, method, value)),
        );
      });
    const [counted, rows] = await Promise.all([
      matching.select((eb) => eb.fn.countAll<number>().as("total")).executeTakeFirstOrThrow(),
      matching
        .select(["d.domain", "d.verified", "o.primary_domain"])
        .orderBy("d.domain", search.page.asc ? "asc" : "desc")
        .limit(search.page.limit)
        .offset(search.page.offset)
        .execute(),
    ]);
    return {
      total: Number(counted.total),
      rows: rows.map((row) => ({
        domain: row.domain,
        isVerified: row.verified === 1,
        isPrimary: row.domain === row.primary_domain,
      })),
    };
  },
  metadata: async (ctx: Ctx, search: OrgDetailSearch): Promise<Listed<OrgMetadataView>> => {
    const id = parse(orgId, search.orgId);
    authorise(ctx, needs("org.read", { orgId: id }));
    checkSearch(search.filters);
    const matching = db
      .selectFrom("org_metadata as m")
      .innerJoin("orgs as o", (on) =>
        on.onRef("o.instance_id", "=", "m.instance_id").onRef("o.org_id", "=", "m.org_id"),
      )
      .where("m.instance_id", "=", ctx.instanceId)
      .where("m.org_id", "=", id)
      .where((eb) =>
        eb.and(
          search.filters.map(({ method, value }) =>
            textMatch({ exact: eb.ref("m.metadata_key"), folded: eb.ref("m.metadata_key_folded") }, method, value),
          ),
        ),
      );
    const [counted, rows] = await Promise.all([
      matching.select((eb) => eb.fn.countAll<number>().as("total")).executeTakeFirstOrThrow(),
      matching
        .select(["m.metadata_key", "m.metadata_value", "m.created_at", "m.changed_at"])
        .orderBy("m.metadata_key", search.page.asc ? "asc" : "desc")
        .limit(search.page.limit)
        .offset(search.page.offset)
        .execute(),
    ]);
    return {
      total: Number(counted.total),
      rows: rows.map((row) => ({
        key: row.metadata_key,
        value: row.metadata_value,
        createdAt: row.created_at,
        changedAt: row.changed_at,
      })),
    };
  },
  /** Whether the instance's own project belongs to the org. */
  ownsInstanceProject: async (ctx: Pick<Ctx, "instanceId">, id: OrgId): Promise<boolean> => {
    const row = await db
      .selectFrom("instances as i")
      .innerJoin("projects as p", (on) =>
        on.onRef("p.instance_id", "=", "i.instance_id").onRef("p.project_id", "=", "i.iam_project_id"),
      )
      .select("p.project_id")
      .where("i.instance_id", "=", ctx.instanceId)
      .where("p.org_id", "=", id)
      .executeTakeFirst();
    return row !== undefined;
  },
});
