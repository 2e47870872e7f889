import { canonicalJson } from "../../kernel/json.ts";
import type { Projection } from "../../platform/projections/projection.ts";
import type { Database } from "../../schema.ts";
import type { webKey } from "./web-key.events.ts";

export const webKeyProjection: Projection<Database, typeof webKey> = {
  "web_key.added": (event, db) => [
    db.insertInto("web_keys").values({
      instance_id: event.instanceId,
      key_id: event.id,
      algorithm: event.payload.algorithm,
      state: "initial",
      public_jwk: canonicalJson(event.payload.publicJwk),
      private_key: event.payload.privateKey,
      created_at: event.at,
      changed_at: event.at,
    }),
  ],
  "web_key.activated": (event, db) => [
    db
      .updateTable("web_keys")
      .set({ state: "active", changed_at: event.at })
      .where("instance_id", "=", event.instanceId)
      .where("key_id", "=", event.id),
  ],
  "web_key.deactivated": (event, db) => [
    db
      .updateTable("web_keys")
      .set({ state: "inactive", changed_at: event.at })
      .where("instance_id", "=", event.instanceId)
      .where("key_id", "=", event.id),
  ],
  "web_key.removed": (event, db) => [
    db.deleteFrom("web_keys").where("instance_id", "=", event.instanceId).where("key_id", "=", event.id),
  ],
};
