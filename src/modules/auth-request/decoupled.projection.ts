import type { Compilable } from "kysely";
import type { Recorded } from "../../kernel/event.ts";
import type { InstanceId } from "../../kernel/ids.ts";
import { canonicalJson } from "../../kernel/json.ts";
import type { Projection } from "../../platform/projections/projection.ts";
import type { Database, Db } from "../../schema.ts";
import type { DecoupledStatus, decoupled } from "./decoupled.events.ts";

const become = (event: Recorded, db: Db, status: Exclude<DecoupledStatus, "absent">): readonly Compilable[] => [
  db
    .updateTable("decoupled_authorizations")
    .set({ status, changed_at: event.at })
    .where("instance_id", "=", event.instanceId)
    .where("decoupled_id", "=", event.id),
];

/** The row of a request whose events are removed whole. */
export const dropDecoupled = (
  { instanceId, id }: { readonly instanceId: InstanceId; readonly id: string },
  db: Db,
): Compilable =>
  db.deleteFrom("decoupled_authorizations").where("instance_id", "=", instanceId).where("decoupled_id", "=", id);

export const decoupledProjection: Projection<Database, typeof decoupled> = {
  "device.authorization.added": (event, db) => [
    db.insertInto("decoupled_authorizations").values({
      instance_id: event.instanceId,
      decoupled_id: event.id,
      flow: event.payload.flow,
      status: "open",
      client_id: event.payload.clientId,
      user_id: event.payload.userId,
      user_code_hash: event.payload.userCodeHash,
      request: canonicalJson(event.payload),
      expires_at: event.payload.expiresAt,
      created_at: event.at,
      changed_at: event.at,
    }),
  ],
  "device.authorization.approved": (event, db) => become(event, db, "approved"),
  "device.authorization.canceled": (event, db) => become(event, db, "denied"),
  "device.authorization.done": (event, db) => become(event, db, "done"),
};
