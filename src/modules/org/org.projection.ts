import type { Recorded } from "../../kernel/event.ts";
import { fold } from "../../kernel/fold.ts";
import type { Projection } from "../../platform/projections/projection.ts";
import type { Database, Db } from "../../schema.ts";
import type { org } from "./org.events.ts";
import type { OrgTables } from "./org.tables.ts";

const updateOrg = (e: Recorded, db: Db, set: Partial<OrgTables["orgs"]> = {}) =>
  db
    .updateTable("orgs")
    .set({ ...set, sequence: e.version, changed_at: e.at })
    .where("instance_id", "=", e.instanceId)
    .where("org_id", "=", e.id);

/** Organizations and their domains. */
export const orgProjection: Projection<Database, typeof org> = {
  "org.added": (e, db) => [
    db.insertInto("orgs").values({
      instance_id: e.instanceId,
      org_id: e.id,
      name: e.payload.name,
      name_folded: fold(e.payload.name),
      state: "active",
      primary_domain: "",
      sequence: e.version,
      created_at: e.at,
      changed_at: e.at,
    }),
  ],
  "org.changed": (e, db) => [updateOrg(e, db, { name: e.payload.name, name_folded: fold(e.payload.name) })],
  "org.domain.added": (e, db) => [
    db.insertInto("org_domains").values({
      instance_id: e.instanceId,
      org_id: e.id,
      domain: e.payload.domain,
      verified: 0,
      created_at: e.at,
    }),
    updateOrg(e, db),
  ],
  "org.domain.verified": (e, db) => [
    db
      .updateTable("org_domains")
      .set({ verified: 1 })
      .where("instance_id", "=", e.instanceId)
      .where("org_id", "=", e.id)
      .where("domain", "=", e.payload.domain),
    updateOrg(e, db),
  ],
  "org.domain.primary.set": (e, db) => [updateOrg(e, db, { primary_domain: e.payload.domain })],
  "org.domain.removed": (e, db) => [
    db
      .deleteFrom("org_domains")
      .where("instance_id", "=", e.instanceId)
      .where("org_id", "=", e.id)
      .where("domain", "=", e.payload.domain),
    updateOrg(e, db),
  ],
  "org.deactivated": (e, db) => [updateOrg(e, db, { state: "inactive" })],
  "org.reactivated": (e, db) => [updateOrg(e, db, { state: "active" })],
  "org.removed": (e, db) => [
    db.deleteFrom("org_domains").where("instance_id", "=", e.instanceId).where("org_id", "=", e.id),
    db.deleteFrom("orgs").where("instance_id", "=", e.instanceId).where("org_id", "=", e.id),
  ],
};
