import type { Recorded } from "../../kernel/event.ts";
import type { Projection } from "../../platform/projections/projection.ts";
import type { Database, Db } from "../../schema.ts";
import type { authorization, GivenRole } from "./authorization.events.ts";

const withoutRoles = (e: Recorded, db: Db) =>
  db.deleteFrom("authorization_roles").where("instance_id", "=", e.instanceId).where("authorization_id", "=", e.id);

const withRoles = (e: Recorded, db: Db, roles: readonly GivenRole[]) =>
  roles.length === 0
    ? []
    : [
        db.insertInto("authorization_roles").values(
          roles.map(({ key, since }) => ({
            instance_id: e.instanceId,
            authorization_id: e.id,
            role_key: key,
            role_created_at: since,
          })),
        ),
      ];

const change = (e: Recorded, db: Db, set: { readonly state?: "active" | "inactive" } = {}) =>
  db
    .updateTable("authorizations")
    .set({ ...set, sequence: e.version, changed_at: e.at })
    .where("instance_id", "=", e.instanceId)
    .where("authorization_id", "=", e.id);

/** Authorizations and their role keys. */
export const authorizationProjection: Projection<Database, typeof authorization> = {
  "user.grant.added": (e, db) => [
    db.insertInto("authorizations").values({
      instance_id: e.instanceId,
      authorization_id: e.id,
      user_id: e.payload.userId,
      project_id: e.payload.projectId,
      org_id: e.payload.orgId,
      state: "active",
      sequence: e.version,
      created_at: e.at,
      changed_at: e.at,
    }),
    ...withRoles(e, db, e.payload.roles),
  ],
  "user.grant.changed": (e, db) => [change(e, db), withoutRoles(e, db), ...withRoles(e, db, e.payload.roles)],
  "user.grant.deactivated": (e, db) => [change(e, db, { state: "inactive" })],
  "user.grant.reactivated": (e, db) => [change(e, db, { state: "active" })],
  "user.grant.removed": (e, db) => [
    withoutRoles(e, db),
    db.deleteFrom("authorizations").where("instance_id", "=", e.instanceId).where("authorization_id", "=", e.id),
  ],
};
