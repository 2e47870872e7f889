import { type Expression, type SqlBool, sql } from "kysely";
import { type Ctx, needs } from "../../kernel/actor.ts";
import type { InstanceId } from "../../kernel/ids.ts";
import { Refusal } from "../../kernel/refusal.ts";
import { authorise } from "../../kernel/runner.ts";
import type { Instant } from "../../kernel/time.ts";
import { unreachable } from "../../kernel/unreachable.ts";
import { checkSearch, type Listed, type PageWindow } from "../../platform/db/page.ts";
import { type TextMethod, textMatch } from "../../platform/db/text-match.ts";
import type { Db } from "../../schema.ts";
import { defaultLifetimes, readLifetimes } from "./lifetimes.events.ts";

export type DomainView = {
  readonly instanceId: InstanceId;
  readonly domain: string;
  readonly isPrimary: boolean;
  readonly createdAt: Instant;
};

export type InstanceDetails = {
  readonly instanceId: InstanceId;
  readonly name: string;
  readonly createdAt: Instant;
  readonly changedAt: Instant;
  readonly domains: readonly DomainView[];
};

export type DomainFilter =
  | { readonly is: "domain"; readonly value: string; readonly method: TextMethod }
  | { readonly is: "primary"; readonly primary: boolean }
  /** made by the installation and not by an administrator: there are none */
  | { readonly is: "generated"; readonly generated: boolean };

const domainSort = { domain: "host", primary: "is_primary", created: "created_at" } as const;
const trustedSort = { domain: "host", created: "created_at" } as const;

export type DomainSearch = {
  readonly filters: readonly DomainFilter[];
  readonly sortBy: keyof typeof domainSort;
  readonly page: PageWindow;
};
export type TrustedDomainSearch = {
  readonly filters: readonly Extract<DomainFilter, { is: "domain" }>[];
  readonly sortBy: keyof typeof trustedSort;
  readonly page: PageWindow;
};

const always = (holds: boolean) => (holds ? sql<SqlBool>`1 = 1` : sql<SqlBool>`1 = 0`);

export type InstanceDetailsReader = ReturnType<typeof instanceDetailsReader>;

/** The instance that is being called, as its administrators see it. */
export const instanceDetailsReader = ({ db }: { readonly db: Db }) => ({
  get: async (ctx: Ctx): Promise<InstanceDetails> => {
    authorise(ctx, needs("iam.read"));
    const row = await db
      .selectFrom("instances")
      .select(["name", "created_at", "changed_at"])
      .where("instance_id", "=", ctx.instanceId)
      .executeTakeFirst();
    if (row === undefined) throw new Refusal("instance.not_found");
    const domains = await db
      .selectFrom("instance_domains")
      .select(["host", "is_primary", "created_at"])
      .where("instance_id", "=", ctx.instanceId)
      .orderBy("created_at")
      .orderBy("host")
      .execute();
    return {
      instanceId: ctx.instanceId,
      name: row.name,
      createdAt: row.created_at,
      changedAt: row.changed_at,
      domains: domains.map((one) => domainOf(ctx, one)),
    };
  },

  /** How long what the instance issues is valid, for a caller who has been let in. */
  lifetimes: async (ctx: Ctx) => {
    authorise(ctx, needs("iam.read"));
    const row = await db
      .selectFrom("instances")
      .select(["oidc_settings", "sequence", "created_at", "changed_at"])
      .where("instance_id", "=", ctx.instanceId)
      .executeTakeFirst();
    if (row === undefined) throw new Refusal("instance.not_found");
    return {
      lifetimes: row.oidc_settings === null ? defaultLifetimes : readLifetimes(row.oidc_settings),
      sequence: row.sequence,
      createdAt: row.created_at,
      changedAt: row.changed_at,
    };
  },

  /** The hosts under which the instance answers. */
  domains: async (ctx: Ctx, search: DomainSearch): Promise<Listed<DomainView>> => {
    authorise(ctx, needs("iam.read"));
    checkSearch(search.filters);
    const matching = db
      .selectFrom("instance_domains")
      .where("instance_id", "=", ctx.instanceId)
      .where((eb) =>
        eb.and(
          search.filters.map((filter): Expression<SqlBool> => {
            switch (filter.is) {
              case "domain":
                return textMatch({ exact: eb.ref("host"), folded: eb.ref("host") }, filter.method, filter.value);
              case "primary":
                return eb("is_primary", "=", filter.primary ? 1 : 0);
              case "generated":
                return always(!filter.generated);
              default:
                return unreachable(filter);
            }
          }),
        ),
      );
    const direction = search.page.asc ? "asc" : "desc";
    const [counted, rows] = await Promise.all([
      matching.select((eb) => eb.fn.countAll<number>().as("total")).executeTakeFirstOrThrow(),
      matching
        .select(["host", "is_primary", "created_at"])
        .orderBy(domainSort[search.sortBy], direction)
        .orderBy("host", direction)
        .limit(search.page.limit)
        .offset(search.page.offset)
        .execute(),
    ]);
    return { total: Number(counted.total), rows: rows.map((row) => domainOf(ctx, row)) };
  },

  /** The hosts of others that may speak for the instance. */
  trustedDomains: async (ctx: Ctx, search: TrustedDomainSearch): Promise<Listed<Omit<DomainView, "isPrimary">>> => {
    authorise(ctx, needs("iam.read"));
    checkSearch(search.filters);
    const matching = db
      .selectFrom("instance_trusted_domains")
      .where("instance_id", "=", ctx.instanceId)
      .where((eb) =>
        eb.and(
          search.filters.map(({ method, value }) =>
            textMatch({ exact: eb.ref("host"), folded: eb.ref("host") }, method, value),
          ),
        ),
      );
    const direction = search.page.asc ? "asc" : "desc";
    const [counted, rows] = await Promise.all([
      matching.select((eb) => eb.fn.countAll<number>().as("total")).executeTakeFirstOrThrow(),
      matching
        .select(["host", "created_at"])
        .orderBy(trustedSort[search.sortBy], direction)
        .orderBy("host", direction)
        .limit(search.page.limit)
        .offset(search.page.offset)
        .execute(),
    ]);
    return {
      total: Number(counted.total),
      rows: rows.map((row) => ({ instanceId: ctx.instanceId, domain: row.host, createdAt: row.created_at })),
    };
  },
});

const domainOf = (
  ctx: Ctx,
  row: { readonly host: string; readonly is_primary: 0 | 1; readonly created_at: Instant },
): DomainView => ({
  instanceId: ctx.instanceId,
  domain: row.host,
  isPrimary: row.is_primary === 1,
  createdAt: row.created_at,
});
