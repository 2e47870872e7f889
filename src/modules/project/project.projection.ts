import type { Recorded } from "../../kernel/event.ts";
import { fold } from "../../kernel/fold.ts";
import type { Projection } from "../../platform/projections/projection.ts";
import type { Database, Db } from "../../schema.ts";
import type { project } from "./project.events.ts";
import type { ProjectTables } from "./project.tables.ts";

const updateProject = (e: Recorded, db: Db, set: Partial<ProjectTables["projects"]>) =>
  db
    .updateTable("projects")
    .set({ ...set, sequence: e.version, changed_at: e.at })
    .where("instance_id", "=", e.instanceId)
    .where("project_id", "=", e.id);

const flag = (value: boolean): 0 | 1 => (value ? 1 : 0);

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
      role_assertion: flag(e.payload.roleAssertion),
      authorization_required: flag(e.payload.authorizationRequired),
      access_required: flag(e.payload.accessRequired),
      private_labeling: e.payload.privateLabeling,
      sequence: e.version,
      created_at: e.at,
      changed_at: e.at,
    }),
  ],
  "project.changed": (e, db) => {
    const { name, roleAssertion, authorizationRequired, accessRequired, privateLabeling } = e.payload;
    return [
      updateProject(e, db, {
        ...(name === undefined ? {} : { name, name_folded: fold(name) }),
        ...(roleAssertion === undefined ? {} : { role_assertion: flag(roleAssertion) }),
        ...(authorizationRequired === undefined ? {} : { authorization_required: flag(authorizationRequired) }),
        ...(accessRequired === undefined ? {} : { access_required: flag(accessRequired) }),
        ...(privateLabeling === undefined ? {} : { private_labeling: privateLabeling }),
      }),
    ];
  },
  "project.deactivated": (e, db) => [updateProject(e, db, { state: "inactive" })],
  "project.reactivated": (e, db) => [updateProject(e, db, { state: "active" })],
  "project.removed": (e, db) => [
    db.deleteFrom("projects").where("instance_id", "=", e.instanceId).where("project_id", "=", e.id),
  ],
};
