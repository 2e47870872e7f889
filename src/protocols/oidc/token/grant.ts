import type { Ctx } from "../../../kernel/actor.ts";
import type { Granted } from "../../../modules/grant/credentials.ts";
import type { AuthorizationDetails, Confirmation } from "../../../modules/grant/grant.events.ts";
import type { OidcInstance } from "../instance.ts";
import type { Parameters } from "../parameters.ts";
import type { Target } from "../resources.ts";
import type { Claims } from "../tokens/claims.ts";
import type { Caller } from "./callers/caller.ts";

/** What every grant is given: the caller has proved who it is and may use this grant. */
export type GrantRequest = {
  readonly ctx: Ctx;
  readonly instance: OidcInstance;
  readonly caller: Caller;
  readonly parameters: Parameters;
  /** what the caller has proved to hold, to which its tokens are bound (RFC 9449, RFC 8705) */
  readonly confirmation: Confirmation | null;
  /** what the access token is asked for (RFC 8707 §2.2, RFC 9396 §6); `null`: all that the grant gives */
  readonly target: Target | null;
  readonly authorizationDetails: AuthorizationDetails | null;
};

/** What a grant gives, and what its answer says otherwise than usual. */
export type Outcome = {
  readonly granted: Granted;
  /** the kind of access token, where the request chooses it (RFC 8693 §2.1) */
  readonly accessTokenType?: "bearer" | "jwt";
  /** an ID token stands where the access token stands otherwise (RFC 8693 §2.2.1) */
  readonly idTokenOnly?: true;
  /** further members of the answer */
  readonly members?: Claims;
};

/** One grant type: fills in only its own part, the token endpoint owns the rest. Throws an `OAuthError` to refuse. */
export type Grant = (request: GrantRequest) => Promise<Outcome>;
