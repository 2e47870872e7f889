/** Where each endpoint answers: ZITADEL's paths. */
export const endpoints = {
  discovery: "/.well-known/openid-configuration",
  authorize: "/oauth/v2/authorize",
  /** posts an answer to its client (OAuth 2.0 Form Post Response Mode) */
  authorizeCallback: "/oauth/v2/authorize/callback",
  /** starts the sign-in of an application (OpenID Connect Core 1.0 §4) */
  initiateLogin: "/oidc/v1/initiate_login",
  token: "/oauth/v2/token",
  pushedAuthorizationRequest: "/oauth/v2/par",
  introspect: "/oauth/v2/introspect",
  revoke: "/oauth/v2/revoke",
  keys: "/oauth/v2/keys",
  userinfo: "/oidc/v1/userinfo",
  /** CIBA Core 1.0 §7 */
  backchannelAuthentication: "/oauth/v2/bc-authorize",
  deviceAuthorization: "/oauth/v2/device_authorization",
  /** for people: where a device sends its user */
  device: "/device",
  register: "/oauth/v2/register",
  authorizationServer: "/.well-known/oauth-authorization-server",
  protectedResource: "/.well-known/oauth-protected-resource",
  endSession: "/oidc/v1/end_session",
  checkSession: "/oidc/v1/check_session",
} as const;
