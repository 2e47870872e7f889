import type { Compilable } from "kysely";
import type { Recorded } from "../../kernel/event.ts";
import type { InstanceId, SessionId } from "../../kernel/ids.ts";
import { canonicalJson } from "../../kernel/json.ts";
import type { Projection } from "../../platform/projections/projection.ts";
import type { Database, Db } from "../../schema.ts";
import { creatorOf, type session } from "./session.events.ts";
import type { SessionTables } from "./session.tables.ts";

// The stream's id was parsed as a session id by the command that named it.
const idOf = (event: Recorded): SessionId => event.id as SessionId;

const update = (event: Recorded, db: Db, set: Partial<SessionTables["sessions"]>): readonly Compilable[] => [
  db
    .updateTable("sessions")
    .set({ ...set, sequence: event.version, changed_at: event.at })
    .where("instance_id", "=", event.instanceId)
    .where("session_id", "=", idOf(event)),
];

/** Takes a session's row along when its events go. */
export const dropSession = ({ instanceId, id }: { instanceId: InstanceId; id: SessionId }, db: Db): Compilable =>
  db.deleteFrom("sessions").where("instance_id", "=", instanceId).where("session_id", "=", id);

export const sessionProjection: Projection<Database, typeof session> = {
  "session.added": (event, db) => [
    db.insertInto("sessions").values({
      instance_id: event.instanceId,
      session_id: idOf(event),
      creator_id: creatorOf(event.actor),
      fingerprint_id: event.personal?.fingerprintId ?? null,
      ip: event.personal?.ip ?? null,
      description: event.personal?.description ?? null,
      header: canonicalJson(event.personal?.header ?? {}),
      metadata: "{}",
      user_id: null,
      user_org_id: null,
      user_checked_at: null,
      password_checked_at: null,
      expires_at: null,
      sequence: event.version,
      created_at: event.at,
      changed_at: event.at,
    }),
  ],
  "session.user.checked": (event, db) =>
    update(event, db, {
      user_id: event.payload.userId,
      user_org_id: event.payload.orgId,
      user_checked_at: event.payload.checkedAt,
    }),
  "session.password.checked": (event, db) => update(event, db, { password_checked_at: event.payload.checkedAt }),
  "session.metadata.set": (event, db) => update(event, db, { metadata: canonicalJson(event.personal?.metadata ?? {}) }),
  "session.lifetime.set": (event, db) => update(event, db, { expires_at: event.payload.expiresAt }),
  "session.token.set": (event, db) => update(event, db, {}),
  "session.terminated": (event, db) => [
    db.deleteFrom("sessions").where("instance_id", "=", event.instanceId).where("session_id", "=", idOf(event)),
  ],
};
