import type { Updateable } from "kysely";
import type { Recorded } from "../../kernel/event.ts";
import { fold } from "../../kernel/fold.ts";
import { userId } from "../../kernel/ids.ts";
import { canonicalJson } from "../../kernel/json.ts";
import { instant } from "../../kernel/time.ts";
import type { Projection } from "../../platform/projections/projection.ts";
import type { Database, Db } from "../../schema.ts";
import type { ProfileChange, user } from "./user.events.ts";

const updateUser = (e: Recorded, db: Db, set: Updateable<Database["users"]>) =>
  db
    .updateTable("users")
    .set({ ...set, sequence: e.version, changed_at: e.at })
    .where("instance_id", "=", e.instanceId)
    .where("user_id", "=", e.id);

/** The columns of the names that a profile change brings; what it leaves out stays. */
const profileColumns = (changed: ProfileChange): Updateable<Database["users"]> => {
  const { givenName, familyName, nickName, displayName, preferredLanguage, gender } = changed;
  return {
    ...(givenName === undefined ? {} : { given_name: givenName, given_name_folded: fold(givenName) }),
    ...(familyName === undefined ? {} : { family_name: familyName, family_name_folded: fold(familyName) }),
    ...(nickName === undefined ? {} : { nick_name: nickName, nick_name_folded: fold(nickName) }),
    ...(displayName === undefined ? {} : { display_name: displayName, display_name_folded: fold(displayName) }),
    ...(preferredLanguage === undefined ? {} : { preferred_language: preferredLanguage }),
    ...(gender === undefined ? {} : { gender }),
  };
};

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
  secret_hash: null,
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
  "user.username.changed": (e, db) => {
    if (!e.personal) return [];
    const { userName } = e.personal;
    return [updateUser(e, db, { user_name: userName, user_name_folded: fold(userName) })];
  },
  "user.human.profile.changed": (e, db) => [updateUser(e, db, profileColumns(e.personal ?? {}))],
  "user.machine.changed": (e, db) => {
    const { name, description } = e.personal ?? {};
    return [
      updateUser(e, db, {
        ...(name === undefined ? {} : { display_name: name, display_name_folded: fold(name) }),
        ...(description === undefined ? {} : { description }),
      }),
    ];
  },
  "user.human.email.changed": (e, db) => {
    const email = e.personal?.email ?? "";
    return [updateUser(e, db, { email, email_folded: fold(email), email_verified: 0 })];
  },
  "user.human.email.verification.failed": (e, db) => [updateUser(e, db, {})],
  "user.human.phone.changed": (e, db) => [updateUser(e, db, { phone: e.personal?.phone ?? "", phone_verified: 0 })],
  "user.human.phone.removed": (e, db) => [updateUser(e, db, { phone: "", phone_verified: 0 })],
  "user.human.phone.verification.failed": (e, db) => [updateUser(e, db, {})],
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
  "user.metadata.removed": (e, db) => [
    db
      .deleteFrom("user_metadata")
      .where("instance_id", "=", e.instanceId)
      .where("user_id", "=", e.id)
      .where("metadata_key", "=", e.payload.key),
    updateUser(e, db, {}),
  ],
  "user.pat.added": (e, db) => [updateUser(e, db, {})],
  "user.pat.removed": (e, db) => [updateUser(e, db, {})],
  "user.machine.key.added": (e, db) => [
    db.insertInto("user_keys").values({
      instance_id: e.instanceId,
      user_id: userId.parse(e.id),
      key_id: e.payload.keyId,
      public_jwk: canonicalJson(e.payload.publicJwk),
      expires_at: e.payload.expiresAt === null ? null : instant(e.payload.expiresAt),
      created_at: e.at,
    }),
    updateUser(e, db, {}),
  ],
  "user.machine.key.removed": (e, db) => [
    db
      .deleteFrom("user_keys")
      .where("instance_id", "=", e.instanceId)
      .where("user_id", "=", userId.parse(e.id))
      .where("key_id", "=", e.payload.keyId),
    updateUser(e, db, {}),
  ],
  "user.machine.secret.set": (e, db) => [updateUser(e, db, { secret_hash: e.personal?.secretHash ?? null })],
  "user.machine.secret.removed": (e, db) => [updateUser(e, db, { secret_hash: null })],
  "user.impersonated": (e, db) => [updateUser(e, db, {})],
  "user.locked": (e, db) => [updateUser(e, db, { state: "locked" })],
  "user.unlocked": (e, db) => [updateUser(e, db, { state: "active", password_failures: 0 })],
  "user.deactivated": (e, db) => [updateUser(e, db, { state: "inactive" })],
  "user.reactivated": (e, db) => [updateUser(e, db, { state: "active" })],
  "user.removed": (e, db) => [
    db.deleteFrom("user_metadata").where("instance_id", "=", e.instanceId).where("user_id", "=", e.id),
    db.deleteFrom("user_keys").where("instance_id", "=", e.instanceId).where("user_id", "=", userId.parse(e.id)),
    db.deleteFrom("users").where("instance_id", "=", e.instanceId).where("user_id", "=", e.id),
  ],
};
