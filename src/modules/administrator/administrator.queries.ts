import type { Ctx, Membership } from "../../kernel/actor.ts";
import type { InstanceId, OrgId, ProjectId, UserId } from "../../kernel/ids.ts";
import { isRole } from "../../kernel/permissions.ts";
import type { Db } from "../../schema.ts";

type Row = { readonly level: "instance" | "org" | "project"; readonly object_id: string; readonly roles: string };

const membershipOf = (row: Row): Membership => {
  // Written by the projection as a JSON list of role names; names that today's code does not know give nothing.
  const roles = (JSON.parse(row.roles) as string[]).filter(isRole);
  switch (row.level) {
    case "instance":
      return { level: "instance", roles };
    case "org":
      return { level: "org", orgId: row.object_id as OrgId, roles };
    case "project":
      return { level: "project", projectId: row.object_id as ProjectId, roles };
  }
};

/** Who administers what. */
export const administratorReader = ({ db }: { readonly db: Db }) => ({
  membershipsOf: async (ctx: Pick<Ctx, "instanceId">, userId: UserId): Promise<readonly Membership[]> => {
    const rows = await db
      .selectFrom("administrators")
      .select(["level", "object_id", "roles"])
      .where("instance_id", "=", ctx.instanceId)
      .where("user_id", "=", userId)
      .orderBy("administrator_id")
      .execute();
    return rows.map(membershipOf);
  },
  /** Whether some person owns the instance: without one nobody can sign in to administer it. */
  hasHumanOwner: async (instanceId: InstanceId): Promise<boolean> => {
    const row = await db
      .selectFrom("administrators as a")
      .innerJoin("users as u", (on) =>
        on.onRef("u.instance_id", "=", "a.instance_id").onRef("u.user_id", "=", "a.user_id"),
      )
      .where("a.instance_id", "=", instanceId)
      .where("a.level", "=", "instance")
      .where("u.type", "=", "human")
      .where("a.roles", "like", '%"IAM_OWNER"%')
      .select("a.administrator_id")
      .limit(1)
      .executeTakeFirst();
    return row !== undefined;
  },
  /** The streams that hold a user's roles, for whoever removes them one by one. */
  administratorsOf: async (ctx: Pick<Ctx, "instanceId">, userId: UserId): Promise<readonly string[]> => {
    const rows = await db
      .selectFrom("administrators")
      .select("administrator_id")
      .where("instance_id", "=", ctx.instanceId)
      .where("user_id", "=", userId)
      .execute();
    return rows.map((row) => row.administrator_id);
  },
});

export type AdministratorReader = ReturnType<typeof administratorReader>;
