import { z } from "zod";

/**
 * Client metadata that ZITADEL's application has no field for: the registered names (RFC 7591 §2, OpenID Connect Dynamic
 * Client Registration 1.0 §2 and the specifications cited below) in camel case. What is not set has the default here.
 */

/** Grant types that an application gets here, beside those of its ZITADEL configuration. */
export const additionalGrantTypes = ["client_credentials", "urn:openid:params:grant-type:ciba"] as const;

/** OAuth 2.0 Multiple Response Type Encoding Practices §3, §4, §5: words sorted, as the endpoint compares them. */
export const additionalResponseTypes = ["none", "token", "code id_token", "code token", "code id_token token"] as const;

/** Client authentication that ZITADEL has no name for; `null` leaves the application's own method. */
export const additionalAuthMethods = ["client_secret_jwt", "tls_client_auth", "self_signed_tls_client_auth"] as const;

/** FAPI 2.0 Security Profile and Message Signing: one switch that enforces all that they ask for. */
const securityProfiles = ["none", "fapi2_security", "fapi2_message_signing"] as const;

/** Where a mapped claim's value comes from. */
export const claimMapping = z.object({
  claim: z.string().min(1).max(200),
  source: z.discriminatedUnion("from", [
    /** a field of the user, as userinfo names it (`email`, `given_name`, `preferred_username`, …) */
    z.object({ from: z.literal("user"), field: z.string().min(1).max(100) }),
    z.object({ from: z.literal("user_metadata"), key: z.string().min(1).max(200) }),
    /** the keys of the user's roles in the application's project, as a list */
    z.object({ from: z.literal("roles") }),
    z.object({ from: z.literal("organization"), field: z.enum(["id", "name", "primary_domain"]) }),
    z.object({ from: z.literal("constant"), value: z.union([z.string().max(1_000), z.number(), z.boolean()]) }),
  ]),
  in: z.array(z.enum(["id_token", "access_token", "userinfo"])).min(1),
});
export type ClaimMapping = z.output<typeof claimMapping>;

const uri = z.string().max(2_000);
const alg = z.string().max(40).nullable().default(null);
const seconds = z.int().positive().max(315_360_000).nullable().default(null);
const flag = z.boolean().default(false);
/** a JWK set (RFC 7517 §5) of public keys; bounded by the size of the whole configuration */
const jwks = z.object({ keys: z.array(z.record(z.string(), z.unknown())).max(20) });

export const clientSettings = z.object({
  additionalGrantTypes: z.array(z.enum(additionalGrantTypes)).default([]),
  additionalResponseTypes: z.array(z.enum(additionalResponseTypes)).default([]),
  securityProfile: z.enum(securityProfiles).default("none"),

  /** RFC 7591 §2: keys for assertions, request objects, encryption and self-signed certificates, by value or by reference */
  jwks: jwks.nullable().default(null),
  jwksUri: uri.nullable().default(null),
  tokenEndpointAuthMethod: z.enum(additionalAuthMethods).nullable().default(null),
  tokenEndpointAuthSigningAlg: alg,

  /** RFC 8705 §2.1.2: exactly one of them names the certificate of `tls_client_auth`; §3.4 binds access tokens */
  tlsClientAuthSubjectDn: z.string().max(1_000).nullable().default(null),
  tlsClientAuthSanDns: z.string().max(300).nullable().default(null),
  tlsClientAuthSanUri: uri.nullable().default(null),
  tlsClientAuthSanIp: z.string().max(60).nullable().default(null),
  tlsClientAuthSanEmail: z.string().max(300).nullable().default(null),
  tlsClientCertificateBoundAccessTokens: flag,
  /** RFC 9449 §5.2 */
  dpopBoundAccessTokens: flag,

  /** RFC 9126 §6 */
  requirePushedAuthorizationRequests: flag,
  /** RFC 9101 §10.5 */
  requireSignedRequestObject: flag,
  requestObjectSigningAlg: alg,
  requestObjectEncryptionAlg: alg,
  requestObjectEncryptionEnc: alg,
  requestUris: z.array(uri).max(20).default([]),

  /** OpenID Connect Dynamic Client Registration §2; `null`: the instance's active web key, not encrypted */
  idTokenSignedResponseAlg: alg,
  idTokenEncryptedResponseAlg: alg,
  idTokenEncryptedResponseEnc: alg,
  userinfoSignedResponseAlg: alg,
  userinfoEncryptedResponseAlg: alg,
  userinfoEncryptedResponseEnc: alg,
  /** RFC 9701 §6 */
  introspectionSignedResponseAlg: alg,
  introspectionEncryptedResponseAlg: alg,
  introspectionEncryptedResponseEnc: alg,
  /** JARM §3 */
  authorizationSignedResponseAlg: alg,
  authorizationEncryptedResponseAlg: alg,
  authorizationEncryptedResponseEnc: alg,

  /** OpenID Connect Core 1.0 §8 */
  subjectType: z.enum(["public", "pairwise"]).default("public"),
  sectorIdentifierUri: uri.nullable().default(null),
  defaultMaxAgeSeconds: z.int().nonnegative().nullable().default(null),
  requireAuthTime: flag,
  defaultAcrValues: z.array(z.string().max(200)).max(20).default([]),
  /** OpenID Connect Core 1.0 §4: third-party-initiated login */
  initiateLoginUri: uri.nullable().default(null),

  /** what people are shown of the client; its name is the application's unless a stranger gave it */
  clientName: z.string().max(200).nullable().default(null),
  clientUri: uri.nullable().default(null),
  logoUri: uri.nullable().default(null),
  policyUri: uri.nullable().default(null),
  tosUri: uri.nullable().default(null),
  contacts: z.array(z.string().max(200)).max(10).default([]),
  softwareId: z.string().max(200).nullable().default(null),
  softwareVersion: z.string().max(200).nullable().default(null),

  /** OpenID Connect Front-Channel and Back-Channel Logout 1.0 §2.2 */
  frontChannelLogoutUri: uri.nullable().default(null),
  frontChannelLogoutSessionRequired: flag,
  backChannelLogoutSessionRequired: flag,

  /** CIBA Core 1.0 §4 */
  backchannelTokenDeliveryMode: z.enum(["poll", "ping"]).nullable().default(null),
  backchannelClientNotificationEndpoint: uri.nullable().default(null),
  backchannelAuthenticationRequestSigningAlg: alg,
  backchannelUserCodeParameter: flag,

  /** RFC 9396 §10; types that the application may ask for */
  authorizationDetailsTypes: z.array(z.string().max(200)).max(50).default([]),
  /** RFC 8707: resources, beside projects of the instance, that it may ask tokens for */
  resources: z.array(uri).max(50).default([]),
  /** scopes it may ask for; `null`: all */
  scopes: z.array(z.string().max(200)).max(100).nullable().default(null),

  /** ask the user even when nothing new is asked for: always so for clients that a stranger registered */
  requireConsent: flag,
  /** who made the client: an administrator, dynamic registration (RFC 7591), or a metadata document at its client id */
  registeredBy: z.enum(["administrator", "registration", "metadata_document"]).default("administrator"),

  /** RFC 7591 §3.2.1, in seconds of the epoch: when the secret of a client that registered itself ends; `null`: it does not */
  clientSecretExpiresAt: z.int().positive().nullable().default(null),

  /** lives of what it is issued; `null`: the instance's */
  accessTokenSeconds: seconds,
  idTokenSeconds: seconds,
  refreshIdleSeconds: seconds,
  refreshAbsoluteSeconds: seconds,

  /** claims without code, and the name of a flat list of role keys in every token (`roles`, `groups`) */
  claimMappings: z.array(claimMapping).max(50).default([]),
  flatRolesClaim: z.string().min(1).max(100).nullable().default(null),
});

export type ClientSettings = z.output<typeof clientSettings>;

/** An application on which nothing has been set. */
export const defaultClientSettings: ClientSettings = clientSettings.parse({});

/** What was set, as it is stored: without the defaults; `clientSettings` reads it. */
export const storedClientSettings = z.record(z.string(), z.json());
export type StoredClientSettings = z.output<typeof storedClientSettings>;

/** Settings as the read table keeps them. */
export const readClientSettings = (json: string | null): ClientSettings =>
  json === null || json === "{}" ? defaultClientSettings : clientSettings.parse(JSON.parse(json));

/** The settings without those that are as they are by default. */
export const toStored = (settings: ClientSettings): StoredClientSettings => {
  const defaults: Readonly<Record<string, unknown>> = defaultClientSettings;
  const set = Object.entries(settings).filter(([name, value]) => !isEqual(value, defaults[name]));
  return storedClientSettings.parse(Object.fromEntries(set));
};

const isEqual = (one: unknown, other: unknown): boolean => JSON.stringify(one) === JSON.stringify(other);
