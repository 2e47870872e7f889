import type { AuthRequestId, ClientId, InstanceId, SessionId } from "../../kernel/ids.ts";
import type { Instant } from "../../kernel/time.ts";
import type { AuthRequestStatus } from "./auth-request.events.ts";

export type AuthRequestTables = {
  auth_requests: {
    instance_id: InstanceId;
    auth_request_id: AuthRequestId;
    status: Exclude<AuthRequestStatus, "absent">;
    client_id: ClientId;
    /** canonical JSON: Requested */
    request: string;
    /** gone when the request has ended */
    login_hint: string | null;
    session_id: SessionId | null;
    expires_at: Instant;
    sequence: number;
    created_at: Instant;
    changed_at: Instant;
  };
};
