import { authorizeResponseModes, authorizeResponseTypes } from "./authorize/response.ts";
import { claimsSupported } from "./claims/claim-sources.ts";
import { assertionAlgorithms } from "./client-auth/private-key-jwt.ts";
import { endpoints } from "./endpoints.ts";
import type { OidcInstance } from "./instance.ts";
import { supportedScopes } from "./scope.ts";

/** What the registries hold: discovery tells of nothing else. */
export type Supported = {
  readonly grantTypes: readonly string[];
  readonly clientAuthMethods: readonly string[];
  /** of the instance's published keys: what tokens are signed with now, were lately or soon will be */
  readonly signingAlgorithms: readonly string[];
};

/** OpenID Connect Discovery 1.0 §3 with RFC 8414 §2 and RFC 9207 §3. */
export const discoveryDocument = ({ issuer, languages }: OidcInstance, supported: Supported) => ({
  issuer,
  authorization_endpoint: issuer + endpoints.authorize,
  token_endpoint: issuer + endpoints.token,
  introspection_endpoint: issuer + endpoints.introspect,
  userinfo_endpoint: issuer + endpoints.userinfo,
  revocation_endpoint: issuer + endpoints.revoke,
  end_session_endpoint: issuer + endpoints.endSession,
  check_session_iframe: issuer + endpoints.checkSession,
  backchannel_logout_supported: true,
  backchannel_logout_session_supported: true,
  frontchannel_logout_supported: true,
  frontchannel_logout_session_supported: true,
  jwks_uri: issuer + endpoints.keys,
  scopes_supported: supportedScopes,
  response_types_supported: authorizeResponseTypes,
  response_modes_supported: authorizeResponseModes,
  grant_types_supported: supported.grantTypes,
  subject_types_supported: ["public"],
  id_token_signing_alg_values_supported: supported.signingAlgorithms,
  token_endpoint_auth_methods_supported: supported.clientAuthMethods,
  token_endpoint_auth_signing_alg_values_supported: assertionAlgorithms,
  introspection_endpoint_auth_methods_supported: supported.clientAuthMethods.filter((method) => method !== "none"),
  introspection_endpoint_auth_signing_alg_values_supported: assertionAlgorithms,
  revocation_endpoint_auth_methods_supported: supported.clientAuthMethods,
  revocation_endpoint_auth_signing_alg_values_supported: assertionAlgorithms,
  claims_supported: claimsSupported,
  code_challenge_methods_supported: ["S256"],
  ui_locales_supported: languages,
  claims_parameter_supported: false,
  request_parameter_supported: false,
  request_uri_parameter_supported: false,
  authorization_response_iss_parameter_supported: true,
});
