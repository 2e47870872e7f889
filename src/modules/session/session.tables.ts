import type { InstanceId, OrgId, SessionId, UserId } from "../../kernel/ids.ts";
import type { Instant } from "../../kernel/time.ts";

/** One row per living session; an ended one has none. Whether it has expired is asked when it is read. */
export type SessionTables = {
  sessions: {
    instance_id: InstanceId;
    session_id: SessionId;
    /** the user who made it; `null`: Munot itself */
    creator_id: UserId | null;
    /** fingerprint of the user agent; for sessions of our own sign-in pages the id of the browser's cookie */
    fingerprint_id: string | null;
    ip: string | null;
    description: string | null;
    /** canonical JSON: name -> values */
    header: string;
    /** canonical JSON: key -> base64 */
    metadata: string;
    user_id: UserId | null;
    user_org_id: OrgId | null;
    user_checked_at: Instant | null;
    password_checked_at: Instant | null;
    expires_at: Instant | null;
    sequence: number;
    created_at: Instant;
    changed_at: Instant;
  };
};
