import type { AuthRequestId, InstanceId, SessionId } from "../../kernel/ids.ts";
import type { Instant } from "../../kernel/time.ts";
import type { Db } from "../../schema.ts";
import { type AuthRequestStatus, type Requested, requested } from "./auth-request.events.ts";

/** An auth request as it is read; expiry is the reader's question. */
export type AuthRequestView = {
  readonly authRequestId: AuthRequestId;
  readonly status: Exclude<AuthRequestStatus, "absent">;
  readonly requested: Requested;
  readonly loginHint: string | null;
  readonly sessionId: SessionId | null;
  readonly createdAt: Instant;
  readonly expiresAt: Instant;
};

export const authRequestReader = ({ db }: { readonly db: Db }) => ({
  /** Requests that nobody can answer or redeem any more since that moment. */
  endedBefore: async (instanceId: InstanceId, before: Instant): Promise<readonly AuthRequestId[]> => {
    const rows = await db
      .selectFrom("auth_requests")
      .select("auth_request_id")
      .where("instance_id", "=", instanceId)
      .where("expires_at", "<", before)
      .orderBy("expires_at")
      .limit(endedAtOnce)
      .execute();
    return rows.map((row) => row.auth_request_id);
  },

  find: async (instanceId: InstanceId, id: AuthRequestId): Promise<AuthRequestView | null> => {
    const row = await db
      .selectFrom("auth_requests")
      .select(["auth_request_id", "status", "request", "login_hint", "session_id", "created_at", "expires_at"])
      .where("instance_id", "=", instanceId)
      .where("auth_request_id", "=", id)
      .executeTakeFirst();
    if (row === undefined) return null;
    return {
      authRequestId: row.auth_request_id,
      status: row.status,
      requested: requested.parse(JSON.parse(row.request)),
      loginHint: row.login_hint,
      sessionId: row.session_id,
      createdAt: row.created_at,
      expiresAt: row.expires_at,
    };
  },
});

/** How many ended requests are listed at once. */
const endedAtOnce = 200;

export type AuthRequestReader = ReturnType<typeof authRequestReader>;
