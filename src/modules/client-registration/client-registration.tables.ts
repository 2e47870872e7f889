import type { InstanceId, TokenId } from "../../kernel/ids.ts";
import type { Instant } from "../../kernel/time.ts";

export type ClientRegistrationTables = {
  client_registration_policies: {
    instance_id: InstanceId;
    /** canonical JSON: RegistrationPolicy */
    policy: string;
    changed_at: Instant;
  };
  initial_access_tokens: {
    instance_id: InstanceId;
    token_id: TokenId;
    name: string;
    expires_at: Instant | null;
    created_at: Instant;
  };
};
