import type { Updateable } from "kysely";
import type { Recorded } from "../../kernel/event.ts";
import { fold } from "../../kernel/fold.ts";
import { instant } from "../../kernel/time.ts";
import type { Projection } from "../../platform/projections/projection.ts";
import type { Database, Db } from "../../schema.ts";
import type { user } from "./user.events.ts";

const updateUser = (e: Recorded, db: Db, set: Updateable<Database["users"]>) =>
  db
    .updateTable("users")
    .set({ ...set, sequence: e.version, changed_at: e.at })
    .where("instance_id", "=", e.instanceId)
    .where("user_id", "=", e.id);

/** Columns that a machine has no use for, and a fresh human starts with. */
const blank = {
  given_name: "",
  given_name_folded: "",
  family_name: "",
  family_name_folded: "",
  nick_name: "",
  nick_name_folded: "",
  preferred_language: "",
  gender: "unspecified",
  email: "",
  email_folded: "",
  email_verified: 0,
  phone: "",
  phone_verified: 0,
  password_hash: null,
  password_change_required: 0,
  password_changed_at: null,
  password_failures: 0,
  description: "",
  access_token_type: "bearer",
} as const;

/** Living users. An erased person's events carry nothing to show, so they make no row. */
export const userProjection: Projection<Database, typeof user> = {
  "user.human.added": (e, db) => {
    if (!e.personal) return [];
    const { personal } = e;
    return [
      db.insertInto("users").values({
        ...blank,
        instance_id: e.instanceId,
        user_id: e.id,
        org_id: e.payload.orgId,
        type: "human",
        state: "active",
        user_name: personal.userName,
        user_name_folded: fold(personal.userName),
        given_name: personal.givenName,
        given_name_folded: fold(personal.givenName),
        family_name: personal.familyName,
        family_name_folded: fold(personal.familyName),
        nick_name: personal.nickName,
        nick_name_folded: fold(personal.nickName),
        display_name: personal.displayName,
        display_name_folded: fold(personal.displayName),
        preferred_language: personal.preferredLanguage,
        gender: personal.gender,
        email: personal.email,
        email_folded: fold(personal.email),
        phone: personal.phone ?? "",
        password_hash: personal.passwordHash,
        password_change_required: e.payload.passwordChangeRequired ? 1 : 0,
        password_changed_at: personal.passwordHash === null ? null : e.at,
        sequence: e.version,
        created_at: e.at,
        changed_at: e.at,
      }),
    ];
  },
  "user.machine.added": (e, db) => {
    if (!e.personal) return [];
    const { personal } = e;
    return [
      db.insertInto("users").values({
        ...blank,
        instance_id: e.instanceId,
        user_id: e.id,
        org_id: e.payload.orgId,
        type: "machine",
        state: "active",
        user_name: personal.userName,
        user_name_folded: fold(personal.userName),
        display_name: personal.name,
        display_name_folded: fold(personal.name),
        description: personal.description,
        access_token_type: e.payload.accessTokenType,
        sequence: e.version,
        created_at: e.at,
        changed_at: e.at,
      }),
    ];
  },
  "user.human.email.verified": (e, db) => [updateUser(e, db, { email_verified: 1 })],
  "user.human.email.code.added": (e, db) => [updateUser(e, db, {})],
  "user.human.phone.verified": (e, db) => [updateUser(e, db, { phone_verified: 1 })],
  "user.human.phone.code.added": (e, db) => [updateUser(e, db, {})],
  "user.human.password.changed": (e, db) => [
    updateUser(e, db, {
      password_hash: e.personal?.passwordHash ?? null,
      password_change_required: e.payload.changeRequired ? 1 : 0,
      password_changed_at: e.at,
      password_failures: 0,
    }),
  ],
  "user.human.password.hash.updated": (e, db) => [
    updateUser(e, db, { password_hash: e.personal?.passwordHash ?? null }),
  ],
  "user.human.password.check.succeeded": (e, db) => [updateUser(e, db, { password_failures: 0 })],
  "user.human.password.check.failed": (e, db) => [
    db
      .updateTable("users")
      .set((row) => ({
        password_failures: row("password_failures", "+", 1),
        sequence: e.version,
        changed_at: e.at,
      }))
      .where("instance_id", "=", e.instanceId)
      .where("user_id", "=", e.id),
  ],
  "user.metadata.set": (e, db) => {
    if (!e.personal) return [];
    const metadata_value = Uint8Array.fromBase64(e.personal.value);
    const trail = { sequence: e.version, changed_at: instant(e.at) };
    return [
      db
        .insertInto("user_metadata")
        .values({
          instance_id: e.instanceId,
          user_id: e.id,
          metadata_key: e.payload.key,
          metadata_value,
          ...trail,
          created_at: e.at,
        })
        .onConflict((key) =>
          key.columns(["instance_id", "user_id", "metadata_key"]).doUpdateSet({ metadata_value, ...trail }),
        ),
      updateUser(e, db, {}),
    ];
  },
  "user.pat.added": (e, db) => [updateUser(e, db, {})],
  "user.locked": (e, db) => [updateUser(e, db, { state: "locked" })],
  "user.unlocked": (e, db) => [updateUser(e, db, { state: "active", password_failures: 0 })],
  "user.deactivated": (e, db) => [updateUser(e, db, { state: "inactive" })],
  "user.reactivated": (e, db) => [updateUser(e, db, { state: "active" })],
  "user.removed": (e, db) => [
    db.deleteFrom("user_metadata").where("instance_id", "=", e.instanceId).where("user_id", "=", e.id),
    db.deleteFrom("users").where("instance_id", "=", e.instanceId).where("user_id", "=", e.id),
  ],
};
