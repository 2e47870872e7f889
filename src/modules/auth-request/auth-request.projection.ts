import type { Compilable } from "kysely";
import type { Recorded } from "../../kernel/event.ts";
import type { AuthRequestId, InstanceId } from "../../kernel/ids.ts";
import { canonicalJson } from "../../kernel/json.ts";
import type { Projection } from "../../platform/projections/projection.ts";
import type { Database, Db } from "../../schema.ts";
import type { authRequest } from "./auth-request.events.ts";
import type { AuthRequestTables } from "./auth-request.tables.ts";

// The stream's id was parsed as an auth request's id by the command that named it.
const idOf = (event: Recorded): AuthRequestId => event.id as AuthRequestId;

const update = (event: Recorded, db: Db, set: Partial<AuthRequestTables["auth_requests"]>): readonly Compilable[] => [
  db
    .updateTable("auth_requests")
    .set({ ...set, sequence: event.version, changed_at: event.at })
    .where("instance_id", "=", event.instanceId)
    .where("auth_request_id", "=", idOf(event)),
];

/** The row of a request whose events are removed whole. */
export const dropAuthRequest = (
  { instanceId, id }: { readonly instanceId: InstanceId; readonly id: AuthRequestId },
  db: Db,
): Compilable => db.deleteFrom("auth_requests").where("instance_id", "=", instanceId).where("auth_request_id", "=", id);

export const authRequestProjection: Projection<Database, typeof authRequest> = {
  "auth_request.added": (event, db) => {
    const { expiresAt, ...requested } = event.payload;
    return [
      db.insertInto("auth_requests").values({
        instance_id: event.instanceId,
        auth_request_id: idOf(event),
        status: "open",
        client_id: requested.clientId,
        request: canonicalJson(requested),
        login_hint: event.personal?.loginHint ?? null,
        session_id: null,
        expires_at: expiresAt,
        sequence: event.version,
        created_at: event.at,
        changed_at: event.at,
      }),
    ];
  },
  "auth_request.session.linked": (event, db) =>
    update(event, db, { status: "linked", session_id: event.payload.sessionId }),
  "auth_request.tokens.added": (event, db) => update(event, db, {}),
  "auth_request.code.added": (event, db) => update(event, db, { status: "code_issued" }),
  "auth_request.code.exchanged": (event, db) => update(event, db, { status: "exchanged" }),
  "auth_request.succeeded": (event, db) => update(event, db, { login_hint: null }),
  "auth_request.failed": (event, db) => update(event, db, { status: "failed", login_hint: null }),
};
