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

export type AuthRequestReader = ReturnType<typeof authRequestReader>;
