import type { InstanceId, UserId } from "../../kernel/ids.ts";
import type { Instant } from "../../kernel/time.ts";
import type { Db } from "../../schema.ts";
import { type DecoupledRequested, decoupledRequested } from "./decoupled.events.ts";

/** A request that still waits for a person's answer, with what that person is shown. */
export type DecoupledView = {
  readonly decoupledId: string;
  readonly requested: DecoupledRequested;
  readonly applicationName: string;
  readonly projectName: string;
  readonly createdAt: Instant;
};

/** A person with more waiting requests than this has other worries. */
const shownAtOnce = 20;
const endedAtOnce = 200;

export const decoupledReader = ({ db }: { readonly db: Db }) => {
  /** Open ones, of clients that work. */
  const waiting = (instanceId: InstanceId, now: Instant) =>
    db
      .selectFrom("decoupled_authorizations as d")
      .innerJoin("applications as a", (on) =>
        on.onRef("a.instance_id", "=", "d.instance_id").onRef("a.client_id", "=", "d.client_id"),
      )
      .innerJoin("projects as p", (on) =>
        on.onRef("p.instance_id", "=", "a.instance_id").onRef("p.project_id", "=", "a.project_id"),
      )
      .innerJoin("orgs as o", (on) =>
        on.onRef("o.instance_id", "=", "p.instance_id").onRef("o.org_id", "=", "p.org_id"),
      )
      .select(["d.decoupled_id", "d.request", "d.created_at", "a.name as application_name", "p.name as project_name"])
      .where("d.instance_id", "=", instanceId)
      .where("d.status", "=", "open")
      .where("d.expires_at", ">", now)
      .where("a.state", "=", "active")
      .where("p.state", "=", "active")
      .where("o.state", "=", "active");
  type Row = Awaited<ReturnType<ReturnType<typeof waiting>["execute"]>>[number];
  const view = (row: Row): DecoupledView => ({
    decoupledId: row.decoupled_id,
    requested: decoupledRequested.parse(JSON.parse(row.request)),
    applicationName: row.application_name,
    projectName: row.project_name,
    createdAt: row.created_at,
  });

  return {
    find: async (instanceId: InstanceId, id: string, now: Instant): Promise<DecoupledView | null> => {
      const row = await waiting(instanceId, now).where("d.decoupled_id", "=", id).executeTakeFirst();
      return row === undefined ? null : view(row);
    },
    /** The one that shows this code; two at the same time show the same by an accident that no one may profit from. */
    byUserCode: async (instanceId: InstanceId, userCodeHash: string, now: Instant): Promise<DecoupledView | null> => {
      const [row, another] = await waiting(instanceId, now)
        .where("d.user_code_hash", "=", userCodeHash)
        .limit(2)
        .execute();
      return row === undefined || another !== undefined ? null : view(row);
    },
    /** The requests that wait for one of these users, the newest first. */
    ofUsers: async (
      instanceId: InstanceId,
      userIds: readonly UserId[],
      now: Instant,
    ): Promise<readonly DecoupledView[]> => {
      if (userIds.length === 0) return [];
      const rows = await waiting(instanceId, now)
        .where("d.user_id", "in", userIds)
        .orderBy("d.created_at", "desc")
        .limit(shownAtOnce)
        .execute();
      return rows.map(view);
    },
    /** Requests that nobody can answer or redeem any more since that moment. */
    endedBefore: async (instanceId: InstanceId, before: Instant): Promise<readonly string[]> => {
      const rows = await db
        .selectFrom("decoupled_authorizations")
        .select("decoupled_id")
        .where("instance_id", "=", instanceId)
        .where("expires_at", "<", before)
        .orderBy("expires_at")
        .limit(endedAtOnce)
        .execute();
      return rows.map((row) => row.decoupled_id);
    },
  };
};

export type DecoupledReader = ReturnType<typeof decoupledReader>;
