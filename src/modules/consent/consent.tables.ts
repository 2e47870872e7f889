import type { ApplicationId, AuthRequestId, ClientId, InstanceId, UserId } from "../../kernel/ids.ts";
import type { Instant } from "../../kernel/time.ts";

export type ConsentTables = {
  /** what users allow now; the lists are canonical JSON */
  consents: {
    instance_id: InstanceId;
    user_id: UserId;
    application_id: ApplicationId;
    client_id: ClientId;
    scopes: string;
    resources: string;
    authorization_details_types: string;
    claims: string;
    /** the request in which it was given last */
    auth_request_id: AuthRequestId;
    given_at: Instant;
  };
};
