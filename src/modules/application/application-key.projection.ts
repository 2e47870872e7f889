import { canonicalJson } from "../../kernel/json.ts";
import type { Projection } from "../../platform/projections/projection.ts";
import type { Database } from "../../schema.ts";
import type { applicationKey } from "./application-key.events.ts";

/** Public keys of applications. */
export const applicationKeyProjection: Projection<Database, typeof applicationKey> = {
  "project.application.oidc.key.added": (e, db) => [
    db.insertInto("application_keys").values({
      instance_id: e.instanceId,
      key_id: e.id,
      application_id: e.payload.applicationId,
      project_id: e.payload.projectId,
      org_id: e.payload.orgId,
      public_jwk: canonicalJson(e.payload.publicJwk),
      expires_at: e.payload.expiresAt,
      sequence: e.version,
      created_at: e.at,
      changed_at: e.at,
    }),
  ],
  "project.application.oidc.key.removed": (e, db) => [
    db.deleteFrom("application_keys").where("instance_id", "=", e.instanceId).where("key_id", "=", e.id),
  ],
};
