/** Every error code that our OAuth endpoints answer with: its HTTP status and what is said when nothing better is known. */
export const oauthErrors = {
  /** RFC 6749 §4.1.2.1, §5.2 */
  invalid_request: { status: 400, description: "The request is not valid" },
  invalid_client: { status: 401, description: "The client could not be authenticated" },
  invalid_grant: {
    status: 400,
    description: "The grant is invalid, expired or revoked, or was issued to another client",
  },
  unauthorized_client: { status: 400, description: "The client may not use this" },
  unsupported_grant_type: { status: 400, description: "The grant type is not supported" },
  unsupported_response_type: { status: 400, description: "The response type is not supported" },
  invalid_scope: { status: 400, description: "The scope is invalid or exceeds what was granted" },
  access_denied: { status: 403, description: "The request was denied" },
  server_error: { status: 500, description: "An internal error occurred" },
  temporarily_unavailable: { status: 503, description: "Please try again later" },
  /** RFC 6750 §3.1 */
  invalid_token: { status: 401, description: "The access token is invalid, expired or revoked" },
  insufficient_scope: { status: 403, description: "The access token does not cover this" },
  /** RFC 7009 §2.2.1 */
  unsupported_token_type: { status: 400, description: "This kind of token cannot be revoked" },
  /** OpenID Connect Core 1.0 §3.1.2.6 */
  login_required: { status: 400, description: "The user must sign in" },
  interaction_required: { status: 400, description: "The user must interact with the sign-in pages" },
  account_selection_required: { status: 400, description: "The user must choose an account" },
  request_not_supported: { status: 400, description: "The parameter request is not supported" },
  request_uri_not_supported: { status: 400, description: "The parameter request_uri is not supported" },
  registration_not_supported: { status: 400, description: "The parameter registration is not supported" },
  consent_required: { status: 400, description: "The user must consent" },
  /** OpenID Connect Core 1.0 Unmet Authentication Requirements §3 */
  unmet_authentication_requirements: { status: 400, description: "The asked authentication cannot be given" },
  /** RFC 9101 §7 */
  invalid_request_object: { status: 400, description: "The request object is not valid" },
  invalid_request_uri: { status: 400, description: "The request_uri is unknown, used or expired" },
  /** RFC 8707 §2 */
  invalid_target: { status: 400, description: "The resource is unknown or may not be asked for" },
  /** RFC 9396 §5 */
  invalid_authorization_details: { status: 400, description: "The authorization_details are not valid" },
  /** RFC 9449 §5, §8 */
  invalid_dpop_proof: { status: 400, description: "The DPoP proof is missing or not valid" },
  use_dpop_nonce: { status: 400, description: "The DPoP proof must hold the nonce of this server" },
  /** RFC 8628 §3.5 */
  authorization_pending: { status: 400, description: "The user has not answered yet" },
  slow_down: { status: 400, description: "Ask less often" },
  expired_token: { status: 400, description: "The time to answer is over" },
  /** RFC 7591 §3.2.2 */
  invalid_redirect_uri: { status: 400, description: "A redirect URI may not be registered" },
  invalid_client_metadata: { status: 400, description: "The client metadata are not valid" },
  invalid_software_statement: { status: 400, description: "The software statement is not valid" },
  unapproved_software_statement: { status: 400, description: "The software statement is not approved" },
  /** CIBA Core 1.0 §13 */
  unknown_user_id: { status: 400, description: "The hint names no user" },
  expired_login_hint_token: { status: 400, description: "The login_hint_token has expired" },
  missing_user_code: { status: 400, description: "A user code is needed" },
  invalid_user_code: { status: 400, description: "The user code is not right" },
  invalid_binding_message: { status: 400, description: "The binding_message cannot be shown" },
  transaction_failed: { status: 400, description: "The authentication could not be carried out" },
} as const satisfies Record<string, { status: number; description: string }>;

export type OAuthErrorCode = keyof typeof oauthErrors;

/** For errors that are shown to a person: which explanation the page gives. */
export type ErrorPageReason = "clientUnknown" | "redirectUri" | "request" | "signOut";

type Details = {
  /** what the client's developer is told */
  readonly description?: string;
  /** for the log only */
  readonly detail?: string;
  readonly page?: ErrorPageReason;
  /** the scheme under which a protected resource asks for another try (RFC 9449 §7.1); the answer is then 401 */
  readonly challenge?: "DPoP";
};

/** The one way for a protocol step to say no; each kind of endpoint has one writer that turns it into its own form. */
export class OAuthError extends Error {
  override readonly name = "OAuthError";
  readonly code: OAuthErrorCode;
  readonly description: string;
  readonly detail: string | null;
  readonly page: ErrorPageReason;
  readonly challenge: "DPoP" | null;

  constructor(code: OAuthErrorCode, { description, detail, page = "request", challenge }: Details = {}) {
    const said = description ?? oauthErrors[code].description;
    super(detail === undefined ? `${code}: ${said}` : `${code}: ${said} (${detail})`);
    this.code = code;
    this.description = said;
    this.detail = detail ?? null;
    this.page = page;
    this.challenge = challenge ?? null;
  }

  get status(): number {
    return this.challenge === null ? oauthErrors[this.code].status : 401;
  }
}
