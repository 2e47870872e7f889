import { contentEncryptions, keyEncryptionNames } from "../../modules/application/client-algorithms.events.ts";
import { prompts } from "../../modules/auth-request/auth-request.events.ts";
import { acrValuesSupported } from "../../modules/auth-request/authentication-context.events.ts";
import { authorizeResponseTypes } from "../../modules/auth-request/response-type.events.ts";
import { signatureAlgorithms } from "../../platform/keys/algorithms.ts";
import { macAlgorithms } from "../../platform/keys/verifying.ts";
import { authorizeResponseModes } from "./authorize/response.ts";
import { claimsSupported } from "./claims/claim-sources.ts";
import { endpoints } from "./endpoints.ts";
import type { OidcInstance } from "./instance.ts";
import { supportedScopes } from "./scope.ts";
import { subjectTypesSupported } from "./tokens/subject.ts";

/** What the registries hold: discovery tells of nothing else. */
export type Supported = {
  readonly grantTypes: readonly string[];
  readonly clientAuthMethods: readonly string[];
  /** whether clients can show certificates, and under which origin of its own where there is one */
  readonly certificates: { readonly origin: string | null } | null;
  /** all that applications can ask for, the active key's first */
  readonly signingAlgorithms: readonly string[];
  /** RFC 7591: whether clients can register */
  readonly registration: boolean;
  /** whether a client id can be the address of its metadata */
  readonly metadataDocuments: boolean;
};

/** With which algorithms clients sign what they send. */
const clientAlgorithms = Object.keys(signatureAlgorithms);
const assertionAlgorithms = [...clientAlgorithms, ...macAlgorithms];

/** RFC 8705 §5: where a proxy asks for certificates under another name, so that browsers are not asked for theirs. */
const aliases = (origin: string) => ({
  token_endpoint: origin + endpoints.token,
  introspection_endpoint: origin + endpoints.introspect,
  userinfo_endpoint: origin + endpoints.userinfo,
  revocation_endpoint: origin + endpoints.revoke,
  pushed_authorization_request_endpoint: origin + endpoints.pushedAuthorizationRequest,
  device_authorization_endpoint: origin + endpoints.deviceAuthorization,
  backchannel_authentication_endpoint: origin + endpoints.backchannelAuthentication,
});

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
  ...(supported.registration ? { registration_endpoint: issuer + endpoints.register } : {}),
  client_id_metadata_document_supported: supported.metadataDocuments,
  device_authorization_endpoint: issuer + endpoints.deviceAuthorization,
  backchannel_authentication_endpoint: issuer + endpoints.backchannelAuthentication,
  backchannel_token_delivery_modes_supported: ["poll", "ping"],
  backchannel_authentication_request_signing_alg_values_supported: clientAlgorithms,
  backchannel_user_code_parameter_supported: false,
  scopes_supported: supportedScopes,
  response_types_supported: authorizeResponseTypes,
  response_modes_supported: authorizeResponseModes,
  // RFC 7591 §2: what the authorization endpoint gives by itself counts as a grant type.
  grant_types_supported: [...supported.grantTypes, "implicit"],
  subject_types_supported: subjectTypesSupported,
  acr_values_supported: acrValuesSupported,
  display_values_supported: ["page"],
  prompt_values_supported: prompts,
  id_token_signing_alg_values_supported: supported.signingAlgorithms,
  id_token_encryption_alg_values_supported: keyEncryptionNames,
  id_token_encryption_enc_values_supported: contentEncryptions,
  userinfo_signing_alg_values_supported: supported.signingAlgorithms,
  userinfo_encryption_alg_values_supported: keyEncryptionNames,
  userinfo_encryption_enc_values_supported: contentEncryptions,
  introspection_signing_alg_values_supported: supported.signingAlgorithms,
  introspection_encryption_alg_values_supported: keyEncryptionNames,
  introspection_encryption_enc_values_supported: contentEncryptions,
  token_endpoint_auth_methods_supported: supported.clientAuthMethods,
  token_endpoint_auth_signing_alg_values_supported: assertionAlgorithms,
  introspection_endpoint_auth_methods_supported: supported.clientAuthMethods.filter((method) => method !== "none"),
  introspection_endpoint_auth_signing_alg_values_supported: assertionAlgorithms,
  revocation_endpoint_auth_methods_supported: supported.clientAuthMethods,
  revocation_endpoint_auth_signing_alg_values_supported: assertionAlgorithms,
  claims_supported: claimsSupported,
  code_challenge_methods_supported: ["S256"],
  ui_locales_supported: languages,
  claims_parameter_supported: true,
  request_parameter_supported: true,
  request_uri_parameter_supported: true,
  require_request_uri_registration: true,
  request_object_signing_alg_values_supported: [...clientAlgorithms, "none"],
  authorization_response_iss_parameter_supported: true,
  authorization_signing_alg_values_supported: supported.signingAlgorithms,
  authorization_encryption_alg_values_supported: keyEncryptionNames,
  authorization_encryption_enc_values_supported: contentEncryptions,
  pushed_authorization_request_endpoint: issuer + endpoints.pushedAuthorizationRequest,
  require_pushed_authorization_requests: false,
  dpop_signing_alg_values_supported: clientAlgorithms,
  tls_client_certificate_bound_access_tokens: supported.certificates !== null,
  ...(supported.certificates?.origin && { mtls_endpoint_aliases: aliases(supported.certificates.origin) }),
});
