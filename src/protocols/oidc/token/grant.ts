import type { Ctx } from "../../../kernel/actor.ts";
import type { Granted } from "../../../modules/grant/credentials.ts";
import type { Confirmation } from "../../../modules/grant/grant.events.ts";
import type { OidcClient } from "../client.ts";
import type { OidcInstance } from "../instance.ts";
import type { Parameters } from "../parameters.ts";

/** What every grant is given: the client has proved who it is and may use this grant. */
export type GrantRequest = {
  readonly ctx: Ctx;
  readonly instance: OidcInstance;
  readonly client: OidcClient;
  readonly parameters: Parameters;
  /** what the caller has proved to hold, to which its tokens are bound (RFC 9449, RFC 8705) */
  readonly confirmation: Confirmation | null;
};

/** One grant type: fills in only its own part, the token endpoint owns the rest. Throws an `OAuthError` to refuse. */
export type Grant = (request: GrantRequest) => Promise<Granted>;
