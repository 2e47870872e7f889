import { canonicalJson } from "../../kernel/json.ts";
import type { Projection } from "../../platform/projections/projection.ts";
import type { Database } from "../../schema.ts";
import type { instance } from "./instance.events.ts";

/** Instances and the hosts they answer under. */
export const instanceProjection: Projection<Database, typeof instance> = {
  "instance.added": (e, db) => [
    db.insertInto("instances").values({
      instance_id: e.instanceId,
      name: e.payload.name,
      default_org_id: null,
      iam_project_id: null,
      default_language: e.payload.defaultLanguage,
      oidc_settings: null,
      sequence: e.version,
      created_at: e.at,
      changed_at: e.at,
    }),
  ],
  "instance.default.org.set": (e, db) => [
    db
      .updateTable("instances")
      .set({ default_org_id: e.payload.orgId, sequence: e.version, changed_at: e.at })
      .where("instance_id", "=", e.instanceId),
  ],
  "instance.iam.project.set": (e, db) => [
    db
      .updateTable("instances")
      .set({ iam_project_id: e.payload.projectId, sequence: e.version, changed_at: e.at })
      .where("instance_id", "=", e.instanceId),
  ],
  "instance.domain.added": (e, db) => [
    db
      .insertInto("instance_domains")
      .values({ instance_id: e.instanceId, host: e.payload.domain, is_primary: 0, created_at: e.at }),
  ],
  "instance.domain.primary.set": (e, db) => [
    db
      .updateTable("instance_domains")
      .set({ is_primary: 0 })
      .where("instance_id", "=", e.instanceId)
      .where("is_primary", "=", 1),
    db
      .updateTable("instance_domains")
      .set({ is_primary: 1 })
      .where("instance_id", "=", e.instanceId)
      .where("host", "=", e.payload.domain),
  ],
  "instance.domain.removed": (e, db) => [
    db.deleteFrom("instance_domains").where("instance_id", "=", e.instanceId).where("host", "=", e.payload.domain),
  ],
  "instance.changed": (e, db) => [
    db
      .updateTable("instances")
      .set({ name: e.payload.name, sequence: e.version, changed_at: e.at })
      .where("instance_id", "=", e.instanceId),
  ],
  "instance.oidc.settings.changed": (e, db) => [
    db
      .updateTable("instances")
      .set({ oidc_settings: canonicalJson(e.payload), sequence: e.version, changed_at: e.at })
      .where("instance_id", "=", e.instanceId),
  ],
  "instance.trusted_domain.added": (e, db) => [
    db
      .insertInto("instance_trusted_domains")
      .values({ instance_id: e.instanceId, host: e.payload.domain, created_at: e.at }),
  ],
  "instance.trusted_domain.removed": (e, db) => [
    db
      .deleteFrom("instance_trusted_domains")
      .where("instance_id", "=", e.instanceId)
      .where("host", "=", e.payload.domain),
  ],
  "instance.removed": (e, db) => [
    db.deleteFrom("instance_trusted_domains").where("instance_id", "=", e.instanceId),
    db.deleteFrom("instance_domains").where("instance_id", "=", e.instanceId),
    db.deleteFrom("instances").where("instance_id", "=", e.instanceId),
  ],
};
