import type { Recorded } from "../../kernel/event.ts";
import { canonicalJson } from "../../kernel/json.ts";
import type { Role } from "../../kernel/permissions.ts";
import type { Projection } from "../../platform/projections/projection.ts";
import type { Database, Db } from "../../schema.ts";
import type { AdministratorLevel, administrator } from "./administrator.events.ts";

const added =
  (level: AdministratorLevel) =>
  (
    e: Recorded & { payload: { readonly objectId: string; readonly userId: string; readonly roles: readonly Role[] } },
    db: Db,
  ) => [
    db.insertInto("administrators").values({
      instance_id: e.instanceId,
      administrator_id: e.id,
      level,
      object_id: e.payload.objectId,
      user_id: e.payload.userId,
      roles: canonicalJson(e.payload.roles),
      sequence: e.version,
      created_at: e.at,
      changed_at: e.at,
    }),
  ];

const changed = (e: Recorded & { payload: { readonly roles: readonly Role[] } }, db: Db) => [
  db
    .updateTable("administrators")
    .set({ roles: canonicalJson(e.payload.roles), sequence: e.version, changed_at: e.at })
    .where("instance_id", "=", e.instanceId)
    .where("administrator_id", "=", e.id),
];

const removed = (e: Recorded, db: Db) => [
  db.deleteFrom("administrators").where("instance_id", "=", e.instanceId).where("administrator_id", "=", e.id),
];

/** Who administers what. */
export const administratorProjection: Projection<Database, typeof administrator> = {
  "instance.member.added": added("instance"),
  "org.member.added": added("org"),
  "project.member.added": added("project"),
  "instance.member.changed": changed,
  "org.member.changed": changed,
  "project.member.changed": changed,
  "instance.member.removed": removed,
  "org.member.removed": removed,
  "project.member.removed": removed,
};
