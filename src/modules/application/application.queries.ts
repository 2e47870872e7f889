import { type Expression, type SqlBool, sql } from "kysely";
import { type Ctx, can, needsAuthenticated, readable } from "../../kernel/actor.ts";
import type { ApplicationId, ClientId, OrgId, ProjectId } from "../../kernel/ids.ts";
import { Refusal } from "../../kernel/refusal.ts";
import { authorise } from "../../kernel/runner.ts";
import type { Instant } from "../../kernel/time.ts";
import { unreachable } from "../../kernel/unreachable.ts";
import type { Listed, PageWindow } from "../../platform/db/page.ts";
import { type TextMethod, textMatch } from "../../platform/db/text-match.ts";
import type { Database, Db } from "../../schema.ts";
import type { ApiConfig, OidcConfig } from "./application.events.ts";

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

/** A client as the protocols see it: with all that decides whether and how it may act. */
export type Client = Configured & {
  readonly clientId: ClientId;
  readonly applicationId: ApplicationId;
  readonly applicationName: string;
  readonly projectId: ProjectId;
  readonly orgId: OrgId;
  readonly orgName: string;
  /** application, project and organization are all active */
  readonly active: boolean;
  /** SHA-256 of the client secret, `null` for clients without one */
  readonly secretHash: Uint8Array | null;
  readonly project: {
    readonly name: string;
    readonly roleAssertion: boolean;
    readonly authorizationRequired: boolean;
    readonly accessRequired: boolean;
  };
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

export type ApplicationReader = ReturnType<typeof applicationReader>;

/** Applications, for administrators and for the protocols. */
export const applicationReader = ({ db }: { readonly db: Db }) => ({
  /** One application; one that the caller may not read does not exist for it. */
  get: async (ctx: Ctx, id: string): Promise<ApplicationView> => {
    authorise(ctx, needsAuthenticated);
    const row = await db
      .selectFrom("applications")
      .select(columns)
      .where("instance_id", "=", ctx.instanceId)
      .where("application_id", "=", id)
      .executeTakeFirst();
    const found = row ? viewOf(row) : null;
    if (!found || !can(ctx.actor, "project.app.read", found)) throw new Refusal("application.not_found");
    return found;
  },
  /** The applications of a project that the caller may read. */
  list: async (ctx: Ctx, search: ApplicationSearch): Promise<Listed<ApplicationView>> => {
    authorise(ctx, needsAuthenticated);
    const allowed = readable(ctx.actor, "project.app.read");
    const matching = db
      .selectFrom("applications")
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
  /** The client of an OAuth request with the states it depends on, by one statement. */
  clientByClientId: async (ctx: Pick<Ctx, "instanceId">, clientId: string): Promise<Client | null> => {
    const row = await db
      .selectFrom("applications as app")
      .innerJoin("projects as project", (join) =>
        join.onRef("project.instance_id", "=", "app.instance_id").onRef("project.project_id", "=", "app.project_id"),
      )
      .innerJoin("orgs as org", (join) =>
        join.onRef("org.instance_id", "=", "app.instance_id").onRef("org.org_id", "=", "app.org_id"),
      )
      .select([
        "app.application_id",
        "app.project_id",
        "app.org_id",
        "app.kind",
        "app.name",
        "app.state",
        "app.secret_hash",
        "app.config",
        "project.name as project_name",
        "project.state as project_state",
        "project.role_assertion",
        "project.authorization_required",
        "project.access_required",
        "org.name as org_name",
        "org.state as org_state",
      ])
      .where("app.instance_id", "=", ctx.instanceId)
      .where("app.client_id", "=", clientId)
      .executeTakeFirst();
    if (!row) return null;
    return {
      ...configuredOf(row),
      clientId: clientId as ClientId,
      applicationId: row.application_id as ApplicationId,
      applicationName: row.name,
      projectId: row.project_id as ProjectId,
      orgId: row.org_id as OrgId,
      orgName: row.org_name,
      active: row.state === "active" && row.project_state === "active" && row.org_state === "active",
      secretHash: row.secret_hash === null ? null : Uint8Array.fromBase64(row.secret_hash, { alphabet: "base64url" }),
      project: {
        name: row.project_name,
        roleAssertion: row.role_assertion === 1,
        authorizationRequired: row.authorization_required === 1,
        accessRequired: row.access_required === 1,
      },
    };
  },
});
