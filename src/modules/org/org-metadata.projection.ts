import { fold } from "../../kernel/fold.ts";
import type { Projection } from "../../platform/projections/projection.ts";
import type { Database } from "../../schema.ts";
import type { orgMetadata } from "./org-metadata.events.ts";

/** Metadata of organizations. */
export const orgMetadataProjection: Projection<Database, typeof orgMetadata> = {
  "org.metadata.set": (e, db) => {
    const set = { metadata_value: Uint8Array.fromBase64(e.payload.value), sequence: e.version, changed_at: e.at };
    return [
      db
        .insertInto("org_metadata")
        .values({
          instance_id: e.instanceId,
          org_id: e.payload.orgId,
          metadata_key: e.payload.key,
          metadata_key_folded: fold(e.payload.key),
          created_at: e.at,
          ...set,
        })
        .onConflict((key) => key.columns(["instance_id", "org_id", "metadata_key"]).doUpdateSet(set)),
    ];
  },
  "org.metadata.removed": (e, db) => [
    db
      .deleteFrom("org_metadata")
      .where("instance_id", "=", e.instanceId)
      .where("org_id", "=", e.payload.orgId)
      .where("metadata_key", "=", e.payload.key),
  ],
};
