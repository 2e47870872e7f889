import type { ClientId, InstanceId, UserId } from "../../kernel/ids.ts";
import type { Instant } from "../../kernel/time.ts";
import type { DecoupledFlow, DecoupledStatus } from "./decoupled.events.ts";

export type DecoupledTables = {
  decoupled_authorizations: {
    instance_id: InstanceId;
    decoupled_id: string;
    flow: DecoupledFlow;
    status: Exclude<DecoupledStatus, "absent">;
    client_id: ClientId;
    /** `null`: the client named nobody */
    user_id: UserId | null;
    user_code_hash: string | null;
    /** canonical JSON: DecoupledRequested */
    request: string;
    expires_at: Instant;
    created_at: Instant;
    changed_at: Instant;
  };
};
