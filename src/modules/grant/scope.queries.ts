import type { ClientId, InstanceId, OrgId, ProjectId } from "../../kernel/ids.ts";
import type { Db } from "../../schema.ts";

/**
 * An audience must fit the state of an auth request. Of a larger project the oldest clients are named one by one; the
 * project itself always is, and that is what its APIs are let in by.
 */
const audienceMax = 150;

/** What reserved scopes name, looked up. */
export const scopeReader = ({ db }: { db: Db }) => ({
  /** The projects that exist and are active, and the client ids of their applications: the audience of a token. */
  audience: async (
    instanceId: InstanceId,
    projectIds: readonly string[],
  ): Promise<{ readonly projectIds: readonly ProjectId[]; readonly clientIds: readonly ClientId[] }> => {
    if (projectIds.length === 0) return { projectIds: [], clientIds: [] };
    const rows = await db
      .selectFrom("projects as p")
      .leftJoin("applications as a", (on) =>
        on.onRef("a.instance_id", "=", "p.instance_id").onRef("a.project_id", "=", "p.project_id"),
      )
      .select(["p.project_id", "a.client_id"])
      .where("p.instance_id", "=", instanceId)
      .where("p.project_id", "in", projectIds)
      .where("p.state", "=", "active")
      .orderBy("a.application_id")
      .limit(audienceMax)
      .execute();
    // Ids were parsed when they were stored.
    return {
      projectIds: [...new Set(rows.map((row) => row.project_id as ProjectId))],
      clientIds: rows.flatMap((row) => (row.client_id === null ? [] : [row.client_id as ClientId])),
    };
  },

  /** The APIs, active with their projects and organizations, that are known by these resources (RFC 8707). */
  resources: async (instanceId: InstanceId, resources: readonly string[]): Promise<ReadonlyMap<string, ClientId>> => {
    if (resources.length === 0) return new Map();
    const rows = await db
      .selectFrom("application_resources as r")
      .innerJoin("applications as a", (on) =>
        on.onRef("a.instance_id", "=", "r.instance_id").onRef("a.application_id", "=", "r.application_id"),
      )
      .innerJoin("projects as p", (on) =>
        on.onRef("p.instance_id", "=", "a.instance_id").onRef("p.project_id", "=", "a.project_id"),
      )
      .innerJoin("orgs as o", (on) =>
        on.onRef("o.instance_id", "=", "p.instance_id").onRef("o.org_id", "=", "p.org_id"),
      )
      .select(["r.resource", "a.client_id"])
      .where("r.instance_id", "=", instanceId)
      .where("r.resource", "in", resources)
      .where("a.kind", "=", "api")
      .where("a.state", "=", "active")
      .where("p.state", "=", "active")
      .where("o.state", "=", "active")
      .execute();
    // Ids were parsed when they were stored.
    return new Map(rows.flatMap((row) => (row.client_id === null ? [] : [[row.resource, row.client_id as ClientId]])));
  },

  /** The active org of that id or primary domain. */
  org: async (
    instanceId: InstanceId,
    by: { readonly id: string } | { readonly domain: string },
  ): Promise<OrgId | null> => {
    const orgs = db
      .selectFrom("orgs")
      .select("org_id")
      .where("instance_id", "=", instanceId)
      .where("state", "=", "active");
    const one =
      "id" in by ? orgs.where("org_id", "=", by.id) : orgs.where("primary_domain", "=", by.domain.toLowerCase());
    const row = await one.limit(1).executeTakeFirst();
    return row === undefined ? null : (row.org_id as OrgId);
  },
});

export type ScopeReader = ReturnType<typeof scopeReader>;
