import { fold } from "../../kernel/fold.ts";
import type { Projection } from "../../platform/projections/projection.ts";
import type { Database } from "../../schema.ts";
import type { project } from "./project.events.ts";

/** Projects. */
export const projectProjection: Projection<Database, typeof project> = {
  "project.added": (e, db) => [
    db.insertInto("projects").values({
      instance_id: e.instanceId,
      project_id: e.id,
      org_id: e.payload.orgId,
      name: e.payload.name,
      name_folded: fold(e.payload.name),
      state: "active",
      role_assertion: e.payload.roleAssertion ? 1 : 0,
      authorization_required: e.payload.authorizationRequired ? 1 : 0,
      access_required: e.payload.accessRequired ? 1 : 0,
      private_labeling: e.payload.privateLabeling,
      sequence: e.version,
      created_at: e.at,
      changed_at: e.at,
    }),
  ],
};
