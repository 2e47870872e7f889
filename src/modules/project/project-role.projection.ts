import type { Recorded } from "../../kernel/event.ts";
import { fold } from "../../kernel/fold.ts";
import type { Projection } from "../../platform/projections/projection.ts";
import type { Database, Db } from "../../schema.ts";
import { keyOfRole, type projectRole } from "./project-role.events.ts";

const updateRole = (e: Recorded, db: Db) => {
  const { projectId, key } = keyOfRole(e.id);
  return db
    .updateTable("project_roles")
    .set({ sequence: e.version, changed_at: e.at })
    .where("instance_id", "=", e.instanceId)
    .where("project_id", "=", projectId)
    .where("role_key", "=", key);
};

/** Roles of projects. */
export const projectRoleProjection: Projection<Database, typeof projectRole> = {
  "project.role.added": (e, db) => [
    db.insertInto("project_roles").values({
      instance_id: e.instanceId,
      project_id: e.payload.projectId,
      role_key: e.payload.key,
      role_key_folded: fold(e.payload.key),
      org_id: e.payload.orgId,
      display_name: e.payload.displayName,
      display_name_folded: fold(e.payload.displayName),
      role_group: e.payload.group,
      sequence: e.version,
      created_at: e.at,
      changed_at: e.at,
    }),
  ],
  "project.role.changed": (e, db) => {
    const { displayName, group } = e.payload;
    return [
      updateRole(e, db).set({
        ...(displayName === undefined ? {} : { display_name: displayName, display_name_folded: fold(displayName) }),
        ...(group === undefined ? {} : { role_group: group }),
      }),
    ];
  },
  "project.role.removed": (e, db) => {
    const { projectId, key } = keyOfRole(e.id);
    return [
      db
        .deleteFrom("project_roles")
        .where("instance_id", "=", e.instanceId)
        .where("project_id", "=", projectId)
        .where("role_key", "=", key),
    ];
  },
};
