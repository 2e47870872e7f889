import { type Expression, type SqlBool, sql } from "kysely";
import { type Ctx, can, needsAuthenticated, readable } from "../../kernel/actor.ts";
import type { ApplicationId, ClientId, InstanceId, OrgId, ProjectId } from "../../kernel/ids.ts";
import { Refusal } from "../../kernel/refusal.ts";
import { authorise } from "../../kernel/runner.ts";
import type { Instant } from "../../kernel/time.ts";
import type { Listed, PageWindow } from "../../platform/db/page.ts";
import type { Database, Db } from "../../schema.ts";

export type ApplicationKeyView = {
  readonly keyId: string;
  readonly applicationId: ApplicationId;
  readonly projectId: ProjectId;
  readonly orgId: OrgId;
  readonly createdAt: Instant;
  readonly expiresAt: Instant | null;
};

const sortColumns = {
  id: "k.key_id",
  project: "k.project_id",
  application: "k.application_id",
  created: "k.created_at",
  org: "k.org_id",
  expires: "k.expires_at",
} as const;

export type ApplicationKeySearch = {
  /** `null`: of all */
  readonly of: { readonly is: "application" | "project" | "org"; readonly id: string } | null;
  readonly sortBy: keyof typeof sortColumns;
  readonly page: PageWindow;
};

const ownerColumns = { application: "k.application_id", project: "k.project_id", org: "k.org_id" } as const;

const columns = ["k.key_id", "k.application_id", "k.project_id", "k.org_id", "k.created_at", "k.expires_at"] as const;

type Row = Pick<
  Database["application_keys"],
  "key_id" | "application_id" | "project_id" | "org_id" | "created_at" | "expires_at"
>;

// Ids were parsed when they were stored.
const viewOf = (row: Row): ApplicationKeyView => ({
  keyId: row.key_id,
  applicationId: row.application_id as ApplicationId,
  projectId: row.project_id as ProjectId,
  orgId: row.org_id as OrgId,
  createdAt: row.created_at,
  expiresAt: row.expires_at,
});

/** The keys of applications that exist, in projects that do: the rows of removed ones go a moment later. */
const livingKeys = (db: Db) =>
  db
    .selectFrom("application_keys as k")
    .innerJoin("applications as a", (on) =>
      on.onRef("a.instance_id", "=", "k.instance_id").onRef("a.application_id", "=", "k.application_id"),
    )
    .innerJoin("projects as p", (on) =>
      on.onRef("p.instance_id", "=", "a.instance_id").onRef("p.project_id", "=", "a.project_id"),
    );

export type ApplicationKeyReader = ReturnType<typeof applicationKeyReader>;

/** Public keys of applications. */
export const applicationKeyReader = ({ db }: { readonly db: Db }) => ({
  /** One key; one that the caller may not read does not exist for it. */
  get: async (ctx: Ctx, id: string): Promise<ApplicationKeyView> => {
    authorise(ctx, needsAuthenticated);
    const row = await livingKeys(db)
      .select(columns)
      .where("k.instance_id", "=", ctx.instanceId)
      .where("k.key_id", "=", id)
      .executeTakeFirst();
    const found = row ? viewOf(row) : null;
    if (!found || !can(ctx.actor, "project.app.read", found)) throw new Refusal("application.key_not_found");
    return found;
  },
  /** The keys that the caller may read. */
  list: async (ctx: Ctx, search: ApplicationKeySearch): Promise<Listed<ApplicationKeyView>> => {
    authorise(ctx, needsAuthenticated);
    const allowed = readable(ctx.actor, "project.app.read");
    const matching = livingKeys(db)
      .where("k.instance_id", "=", ctx.instanceId)
      .where((eb) => {
        const conditions: Expression<SqlBool>[] = [];
        if (search.of !== null) conditions.push(eb(ownerColumns[search.of.is], "=", search.of.id));
        if (allowed.all) return eb.and(conditions);
        const visible: Expression<SqlBool>[] = [sql<SqlBool>`1 = 0`];
        if (allowed.orgIds.length > 0) visible.push(eb("k.org_id", "in", allowed.orgIds));
        if (allowed.projectIds.length > 0) visible.push(eb("k.project_id", "in", allowed.projectIds));
        return eb.and([...conditions, eb.or(visible)]);
      });
    const direction = search.page.asc ? "asc" : "desc";
    const [counted, rows] = await Promise.all([
      matching.select((eb) => eb.fn.countAll<number>().as("total")).executeTakeFirstOrThrow(),
      matching
        .select(columns)
        // The databases differ in where they put what has no value: keys that never expire come last when rising.
        .orderBy(
          (eb) => eb.case().when(eb.ref(sortColumns[search.sortBy]), "is", null).then(1).else(0).end(),
          direction,
        )
        .orderBy(sortColumns[search.sortBy], direction)
        .orderBy("k.key_id", direction)
        .limit(search.page.limit)
        .offset(search.page.offset)
        .execute(),
    ]);
    return { total: Number(counted.total), rows: rows.map(viewOf) };
  },
  /** The public JWK that the client may sign with now, by the `kid` that its assertion names (RFC 7523 §2.2, RFC 7515 §4.1.4). */
  findClientKey: async (
    instanceId: InstanceId,
    clientId: ClientId,
    keyId: string,
    now: Instant,
  ): Promise<Readonly<Record<string, string>> | null> => {
    const row = await livingKeys(db)
      .select(["k.public_jwk", "k.expires_at"])
      .where("k.instance_id", "=", instanceId)
      .where("k.key_id", "=", keyId)
      .where("a.client_id", "=", clientId)
      .executeTakeFirst();
    if (row === undefined || (row.expires_at !== null && row.expires_at <= now)) return null;
    // Written by the projection from a payload that its schema has parsed.
    return JSON.parse(row.public_jwk) as Readonly<Record<string, string>>;
  },
});
