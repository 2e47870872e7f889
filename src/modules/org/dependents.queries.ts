import type { ApplicationId, InstanceId, OrgId, ProjectId, UserId } from "../../kernel/ids.ts";
import type { Db } from "../../schema.ts";

/** What hangs on an object: for the jobs that remove it, after the object, one by one and some at a time. */
export const dependentReader = ({ db }: { readonly db: Db }) => ({
  usersOf: async (instanceId: InstanceId, orgId: OrgId, limit: number): Promise<readonly UserId[]> => {
    const rows = await db
      .selectFrom("users")
      .select("user_id")
      .where("instance_id", "=", instanceId)
      .where("org_id", "=", orgId)
      .limit(limit)
      .execute();
    // Ids were parsed when they were stored; so were those below.
    return rows.map((row) => row.user_id as UserId);
  },
  projectsOf: async (instanceId: InstanceId, orgId: OrgId, limit: number): Promise<readonly ProjectId[]> => {
    const rows = await db
      .selectFrom("projects")
      .select("project_id")
      .where("instance_id", "=", instanceId)
      .where("org_id", "=", orgId)
      .limit(limit)
      .execute();
    return rows.map((row) => row.project_id as ProjectId);
  },
  metadataKeysOf: async (instanceId: InstanceId, orgId: OrgId, limit: number): Promise<readonly string[]> => {
    const rows = await db
      .selectFrom("org_metadata")
      .select("metadata_key")
      .where("instance_id", "=", instanceId)
      .where("org_id", "=", orgId)
      .limit(limit)
      .execute();
    return rows.map((row) => row.metadata_key);
  },
  applicationsOf: async (
    instanceId: InstanceId,
    projectId: ProjectId,
    limit: number,
  ): Promise<readonly ApplicationId[]> => {
    const rows = await db
      .selectFrom("applications")
      .select("application_id")
      .where("instance_id", "=", instanceId)
      .where("project_id", "=", projectId)
      .limit(limit)
      .execute();
    return rows.map((row) => row.application_id as ApplicationId);
  },
  rolesOf: async (instanceId: InstanceId, projectId: ProjectId, limit: number): Promise<readonly string[]> => {
    const rows = await db
      .selectFrom("project_roles")
      .select("role_key")
      .where("instance_id", "=", instanceId)
      .where("project_id", "=", projectId)
      .limit(limit)
      .execute();
    return rows.map((row) => row.role_key);
  },
  keysOf: async (
    instanceId: InstanceId,
    applicationId: ApplicationId,
    limit: number,
  ): Promise<readonly { readonly keyId: string; readonly projectId: ProjectId }[]> => {
    const rows = await db
      .selectFrom("application_keys")
      .select(["key_id", "project_id"])
      .where("instance_id", "=", instanceId)
      .where("application_id", "=", applicationId)
      .limit(limit)
      .execute();
    return rows.map((row) => ({ keyId: row.key_id, projectId: row.project_id as ProjectId }));
  },
  administratorsOf: async (
    instanceId: InstanceId,
    level: "org" | "project",
    objectId: string,
    limit: number,
  ): Promise<readonly string[]> => {
    const rows = await db
      .selectFrom("administrators")
      .select("administrator_id")
      .where("instance_id", "=", instanceId)
      .where("level", "=", level)
      .where("object_id", "=", objectId)
      .limit(limit)
      .execute();
    return rows.map((row) => row.administrator_id);
  },
  authorizationsOf: async (
    instanceId: InstanceId,
    on: "org_id" | "project_id" | "user_id",
    id: string,
    limit: number,
  ): Promise<readonly string[]> => {
    const rows = await db
      .selectFrom("authorizations")
      .select("authorization_id")
      .where("instance_id", "=", instanceId)
      .where(on, "=", id)
      .limit(limit)
      .execute();
    return rows.map((row) => row.authorization_id);
  },
});
