import { z } from "zod";
import { grantTypes, type OidcConfig, responseTypes } from "../../../modules/application/application.events.ts";
import {
  additionalAuthMethods,
  additionalGrantTypes,
  additionalResponseTypes,
  type ClientSettings,
} from "../../../modules/application/client-settings.events.ts";
import type { RegistrationPolicy } from "../../../modules/client-registration/client-registration.events.ts";
import { OAuthError } from "../errors.ts";

/**
 * Client metadata (RFC 7591 §2, OpenID Connect Dynamic Client Registration 1.0 §2 and what extends them) that are settings
 * under another spelling.
 */
const settingOf = {
  jwks: "jwks",
  jwks_uri: "jwksUri",
  token_endpoint_auth_signing_alg: "tokenEndpointAuthSigningAlg",
  tls_client_certificate_bound_access_tokens: "tlsClientCertificateBoundAccessTokens",
  dpop_bound_access_tokens: "dpopBoundAccessTokens",
  require_pushed_authorization_requests: "requirePushedAuthorizationRequests",
  require_signed_request_object: "requireSignedRequestObject",
  request_object_signing_alg: "requestObjectSigningAlg",
  request_object_encryption_alg: "requestObjectEncryptionAlg",
  request_object_encryption_enc: "requestObjectEncryptionEnc",
  request_uris: "requestUris",
  id_token_signed_response_alg: "idTokenSignedResponseAlg",
  id_token_encrypted_response_alg: "idTokenEncryptedResponseAlg",
  id_token_encrypted_response_enc: "idTokenEncryptedResponseEnc",
  userinfo_signed_response_alg: "userinfoSignedResponseAlg",
  userinfo_encrypted_response_alg: "userinfoEncryptedResponseAlg",
  userinfo_encrypted_response_enc: "userinfoEncryptedResponseEnc",
  introspection_signed_response_alg: "introspectionSignedResponseAlg",
  introspection_encrypted_response_alg: "introspectionEncryptedResponseAlg",
  introspection_encrypted_response_enc: "introspectionEncryptedResponseEnc",
  authorization_signed_response_alg: "authorizationSignedResponseAlg",
  authorization_encrypted_response_alg: "authorizationEncryptedResponseAlg",
  authorization_encrypted_response_enc: "authorizationEncryptedResponseEnc",
  subject_type: "subjectType",
  sector_identifier_uri: "sectorIdentifierUri",
  default_max_age: "defaultMaxAgeSeconds",
  require_auth_time: "requireAuthTime",
  default_acr_values: "defaultAcrValues",
  initiate_login_uri: "initiateLoginUri",
  client_name: "clientName",
  client_uri: "clientUri",
  logo_uri: "logoUri",
  policy_uri: "policyUri",
  tos_uri: "tosUri",
  contacts: "contacts",
  software_id: "softwareId",
  software_version: "softwareVersion",
  frontchannel_logout_uri: "frontChannelLogoutUri",
  frontchannel_logout_session_required: "frontChannelLogoutSessionRequired",
  backchannel_logout_session_required: "backChannelLogoutSessionRequired",
  backchannel_token_delivery_mode: "backchannelTokenDeliveryMode",
  backchannel_client_notification_endpoint: "backchannelClientNotificationEndpoint",
  backchannel_authentication_request_signing_alg: "backchannelAuthenticationRequestSigningAlg",
  backchannel_user_code_parameter: "backchannelUserCodeParameter",
  authorization_details_types: "authorizationDetailsTypes",
} as const satisfies Readonly<Record<string, keyof ClientSettings>>;

/** RFC 7591 §2 names of the methods that applications have; the rest are settings of the same name. */
const authMethods = {
  client_secret_basic: "basic",
  client_secret_post: "post",
  private_key_jwt: "private_key_jwt",
  none: "none",
} as const satisfies Readonly<Record<string, OidcConfig["authMethod"]>>;

const list = z.array(z.string().max(2_000)).max(50);

/** What of a client's metadata is not a setting under another spelling. */
const metadataForm = z.looseObject({
  redirect_uris: list.default([]),
  response_types: list.optional(),
  grant_types: list.optional(),
  application_type: z.enum(["web", "native"]).optional(),
  token_endpoint_auth_method: z.string().max(100).default("client_secret_basic"),
  post_logout_redirect_uris: list.default([]),
  backchannel_logout_uri: z.string().max(2_000).default(""),
});

export type ClientMetadata = Readonly<Record<string, unknown>>;

/** What the command that registers a client takes. */
export type ReadMetadata = {
  readonly config: OidcConfig;
  readonly settings: Readonly<Record<string, unknown>>;
};

/**
 * Reads what a client says of itself. RFC 7591 §2: `null` says nothing, what is not known is left out, and so are grant and
 * response types that the policy does not give to strangers: the answer tells what was registered.
 */
export const readMetadata = (metadata: ClientMetadata, policy: RegistrationPolicy): ReadMetadata => {
  const said = Object.fromEntries(Object.entries(metadata).filter(([, value]) => value !== null && value !== ""));
  const parsed = metadataForm.safeParse(said);
  if (!parsed.success) throw invalid(parsed.error.issues[0]);
  const form = parsed.data;
  const { redirect_uris: redirectUris, token_endpoint_auth_method: method } = form;
  const grants = typesOf(form, policy);
  const isNative =
    form.application_type === "native" || (form.application_type === undefined && isOfDevice(redirectUris));
  const isPublic = method === "none";
  const settings: Record<string, unknown> = Object.fromEntries(
    Object.entries(settingOf).flatMap(([member, setting]) =>
      said[member] === undefined ? [] : [[setting, said[member]]],
    ),
  );
  return {
    config: {
      redirectUris: [...new Set(redirectUris)],
      responseTypes: grants.responseTypes,
      grantTypes: grants.grantTypes,
      appType: isNative ? "native" : isPublic ? "user_agent" : "web",
      authMethod: configuredMethod(method),
      postLogoutRedirectUris: form.post_logout_redirect_uris,
      devMode: false,
      // Whoever a stranger's token is for knows no more of us than our address: it must be able to read it (RFC 9068).
      accessTokenType: "jwt",
      accessTokenRoleAssertion: false,
      idTokenRoleAssertion: false,
      idTokenUserinfoAssertion: false,
      clockSkewSeconds: 0,
      additionalOrigins: [],
      skipNativeAppSuccessPage: false,
      backChannelLogoutUri: form.backchannel_logout_uri,
      loginVersion: { version: "default", baseUri: "" },
    },
    settings: {
      ...settings,
      clientName: shownName(said["client_name"]),
      additionalGrantTypes: grants.additionalGrantTypes,
      additionalResponseTypes: grants.additionalResponseTypes,
      tokenEndpointAuthMethod: additionalAuthMethods.find((one) => one === method) ?? null,
    },
  };
};

const typesOf = (form: z.output<typeof metadataForm>, policy: RegistrationPolicy) => {
  const admitted = (form.grant_types ?? ["authorization_code"]).filter((one) =>
    policy.grantTypes.some((allowed) => allowed === one),
  );
  if (admitted.length === 0) {
    throw new OAuthError("invalid_client_metadata", { description: "None of the grant_types may be registered" });
  }
  const wanted = (form.response_types ?? ["code"]).map((one) => one.split(" ").toSorted().join(" "));
  // OpenID Connect Dynamic Client Registration 1.0 §2: which grants each response type needs.
  const granted = wanted.filter((type) => {
    const words = type.split(" ");
    const needsCode = words.includes("code");
    const needsImplicit = words.includes("token") || words.includes("id_token");
    return (!needsCode || admitted.includes("authorization_code")) && (!needsImplicit || admitted.includes("implicit"));
  });
  const needsRedirect = admitted.includes("authorization_code") || admitted.includes("implicit");
  if (needsRedirect && form.redirect_uris.length === 0) {
    throw new OAuthError("invalid_redirect_uri", { description: "redirect_uris is missing" });
  }
  if (needsRedirect && granted.length === 0) {
    throw new OAuthError("invalid_client_metadata", { description: "response_types do not go with the grant_types" });
  }
  return {
    grantTypes: grantTypes.filter((one) => admitted.includes(one)),
    additionalGrantTypes: additionalGrantTypes.filter((one) => admitted.includes(one)),
    responseTypes: responseTypes.filter((one) => granted.includes(one)),
    additionalResponseTypes: additionalResponseTypes.filter((one) => granted.includes(one)),
  };
};

/** How an application keeps the method; RFC 7518 §3.2: who signs with its secret has one. */
const configuredMethod = (method: string): OidcConfig["authMethod"] => {
  const known = Object.entries(authMethods).find(([name]) => name === method)?.[1];
  if (known !== undefined) return known;
  if (method === "client_secret_jwt") return "basic";
  // A certificate of an authority is known by its name, and names are not a stranger's to choose.
  if (method === "self_signed_tls_client_auth") return "private_key_jwt";
  throw new OAuthError("invalid_client_metadata", { description: "This token_endpoint_auth_method is not supported" });
};

/** Installed applications (RFC 8252 §7), many of which do not say that they are: codes go to the user's own device. */
const isOfDevice = (redirectUris: readonly string[]): boolean =>
  redirectUris.some((uri) => URL.parse(uri)?.protocol !== "https:" && URL.canParse(uri));

/** A name as people are shown it: in one line, without what turns or hides text (Unicode TR 36 §2). */
const shownName = (said: unknown): string | null => {
  if (typeof said !== "string") return null;
  const name = said
    .replace(/[\p{C}\p{Zl}\p{Zp}]/gu, "")
    .replace(/\s+/gu, " ")
    .trim()
    .slice(0, 80);
  return name === "" ? null : name;
};

const invalid = (issue: z.core.$ZodIssue | undefined): OAuthError => {
  const member = String(issue?.path[0] ?? "");
  return new OAuthError(member === "redirect_uris" ? "invalid_redirect_uri" : "invalid_client_metadata", {
    description: `${member || "The metadata"}: ${issue?.message ?? "not valid"}`,
  });
};

type Registered = { readonly config: OidcConfig; readonly settings: ClientSettings };

/** What is registered, in the words of the specifications (RFC 7591 §3.2.1). */
export const writeMetadata = ({ config, settings }: Registered, policy: RegistrationPolicy): ClientMetadata => {
  const method =
    settings.tokenEndpointAuthMethod ??
    Object.entries(authMethods).find(([, configured]) => configured === config.authMethod)?.[0];
  const said = Object.entries(settingOf).map(([member, setting]) => [member, settings[setting]] as const);
  return {
    redirect_uris: config.redirectUris,
    response_types: [...config.responseTypes, ...settings.additionalResponseTypes],
    grant_types: [...config.grantTypes, ...settings.additionalGrantTypes],
    application_type: config.appType === "native" ? "native" : "web",
    token_endpoint_auth_method: method,
    scope: policy.scopes.join(" "),
    ...(config.postLogoutRedirectUris.length === 0 ? {} : { post_logout_redirect_uris: config.postLogoutRedirectUris }),
    ...(config.backChannelLogoutUri === "" ? {} : { backchannel_logout_uri: config.backChannelLogoutUri }),
    ...Object.fromEntries(said.filter(([, value]) => value !== null && value !== false && !isEmpty(value))),
  };
};

const isEmpty = (value: unknown): boolean => Array.isArray(value) && value.length === 0;
