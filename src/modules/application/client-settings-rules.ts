import type { ApiConfig, OidcConfig } from "./application.events.ts";
import { answerSignatures, contentEncryptions, keyEncryptionNames } from "./client-algorithms.events.ts";
import type { ClientSettings } from "./client-settings.events.ts";

/** Algorithms (RFC 7518, RFC 8037) that clients may name, by what they are used for. */
const asymmetric = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"];
const symmetric = ["HS256", "HS384", "HS512"];
const own: readonly string[] = answerSignatures;
const keyEncryption = keyEncryptionNames;
const contentEncryption: readonly string[] = contentEncryptions;

type NameOf<Value> = {
  [Name in keyof ClientSettings]: ClientSettings[Name] extends Value ? Name : never;
}[keyof ClientSettings];

/** The algorithms that each setting may name. */
const algorithms = {
  tokenEndpointAuthSigningAlg: [...asymmetric, ...symmetric],
  /** `none` lets objects of OpenID Connect Core 1.0 §6.1 come unsigned: they then count as plain parameters */
  requestObjectSigningAlg: [...asymmetric, "none"],
  requestObjectEncryptionAlg: keyEncryption,
  requestObjectEncryptionEnc: contentEncryption,
  idTokenSignedResponseAlg: own,
  idTokenEncryptedResponseAlg: keyEncryption,
  idTokenEncryptedResponseEnc: contentEncryption,
  userinfoSignedResponseAlg: own,
  userinfoEncryptedResponseAlg: keyEncryption,
  userinfoEncryptedResponseEnc: contentEncryption,
  introspectionSignedResponseAlg: own,
  introspectionEncryptedResponseAlg: keyEncryption,
  introspectionEncryptedResponseEnc: contentEncryption,
  authorizationSignedResponseAlg: own,
  authorizationEncryptedResponseAlg: keyEncryption,
  authorizationEncryptedResponseEnc: contentEncryption,
  backchannelAuthenticationRequestSigningAlg: asymmetric,
} as const satisfies Partial<Record<NameOf<string | null>, readonly string[]>>;

/** Answers encrypted to the client's key: `enc` needs `alg`, and `alg` a key (OpenID Connect Dynamic Client Registration §2). */
const encryptions = [
  ["idTokenEncryptedResponseAlg", "idTokenEncryptedResponseEnc"],
  ["userinfoEncryptedResponseAlg", "userinfoEncryptedResponseEnc"],
  ["introspectionEncryptedResponseAlg", "introspectionEncryptedResponseEnc"],
  ["authorizationEncryptedResponseAlg", "authorizationEncryptedResponseEnc"],
] as const;

/** Addresses, and whether plain http is allowed in development mode. */
const addresses = [
  "jwksUri",
  "sectorIdentifierUri",
  "initiateLoginUri",
  "clientUri",
  "logoUri",
  "policyUri",
  "tosUri",
  "frontChannelLogoutUri",
  "backchannelClientNotificationEndpoint",
] as const satisfies readonly NameOf<string | null>[];

const certificateNames = [
  "tlsClientAuthSubjectDn",
  "tlsClientAuthSanDns",
  "tlsClientAuthSanUri",
  "tlsClientAuthSanIp",
  "tlsClientAuthSanEmail",
] as const satisfies readonly NameOf<string | null>[];

/** Members of a JWK that only a private or a symmetric key has (RFC 7518 §6). */
const secretMembers = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];

/** Claims that Munot states itself: a mapping never says who somebody is or what a token is for. */
const ownClaims = new Set(
  [
    [
      "iss",
      "sub",
      "aud",
      "exp",
      "nbf",
      "iat",
      "jti",
      "azp",
      "nonce",
      "sid",
      "auth_time",
      "acr",
      "amr",
      "at_hash",
      "c_hash",
    ],
    [
      "s_hash",
      "client_id",
      "scope",
      "cnf",
      "act",
      "may_act",
      "authorization_details",
      "events",
      "token_type",
      "active",
    ],
    ["token_introspection", "sub_jwk", "sub_id"],
  ].flat(),
);

/** Whether a claim's name is Munot's own, so that no mapping may set it. */
export const isOwnClaim = (claim: string): boolean => ownClaims.has(claim) || claim.startsWith("urn:zitadel:iam");

export type SettingProblem = { readonly path: string; readonly problem: string };
type Given = { readonly settings: ClientSettings; readonly config: OidcConfig | ApiConfig };

/** All that is wrong with an application's client settings, beside its configuration; empty: they can be stored. */
export const clientSettingsProblems = ({ settings, config }: Given): readonly SettingProblem[] => {
  const devMode = "devMode" in config && config.devMode;
  const redirectUris = "redirectUris" in config ? config.redirectUris : [];
  const authMethod = settings.tokenEndpointAuthMethod ?? config.authMethod;
  const problems: SettingProblem[] = [];
  const check = (isFine: boolean, path: keyof ClientSettings, problem: string): void => {
    if (!isFine) problems.push({ path: `settings.${path}`, problem });
  };

  for (const [name, allowed] of Object.entries(algorithms)) {
    // Every key of the table is a setting whose value is text or null.
    const setting = name as keyof typeof algorithms;
    const value = settings[setting];
    check(value === null || allowed.includes(value), setting, `must be one of ${allowed.join(", ")}`);
  }
  for (const setting of ["requestObjectEncryptionAlg", "requestObjectEncryptionEnc"] as const) {
    check(
      settings[setting] === null,
      setting,
      "is not supported: request objects are signed, and pushed where they are secret",
    );
  }
  const hasKeys = settings.jwks !== null || settings.jwksUri !== null;
  for (const [alg, enc] of encryptions) {
    check(settings[enc] === null || settings[alg] !== null, enc, `needs ${alg}`);
    check(settings[alg] === null || hasKeys, alg, "needs the client's keys: jwks or jwksUri");
  }

  for (const name of addresses) {
    const value = settings[name];
    check(value === null || isWebAddress(value, devMode), name, "must be an https address without a fragment");
  }
  check(
    settings.requestUris.every((one) => isWebAddress(one, devMode, true)),
    "requestUris",
    "must be https addresses",
  );
  check(
    settings.resources.every((one) => URL.canParse(one) && !one.includes("#")),
    "resources",
    "must be absolute URIs without a fragment (RFC 8707 §2)",
  );
  const { frontChannelLogoutUri } = settings;
  check(
    frontChannelLogoutUri === null || redirectUris.some((one) => originOf(one) === originOf(frontChannelLogoutUri)),
    "frontChannelLogoutUri",
    "must have scheme, host and port of a redirect URI (OpenID Connect Front-Channel Logout 1.0 §2)",
  );

  check(
    settings.jwks === null || settings.jwksUri === null,
    "jwksUri",
    "cannot be set together with jwks (RFC 7591 §2)",
  );
  const keys = settings.jwks?.keys ?? [];
  check(
    keys.every((key) => typeof key["kty"] === "string" && secretMembers.every((member) => !(member in key))),
    "jwks",
    "must hold public keys only",
  );

  const named = certificateNames.filter((name) => settings[name] !== null).length;
  check(
    authMethod === "tls_client_auth" ? named === 1 : named === 0,
    "tlsClientAuthSubjectDn",
    "tls_client_auth needs exactly one name of its certificate, and no other method one (RFC 8705 §2.1.2)",
  );
  check(authMethod !== "self_signed_tls_client_auth" || hasKeys, "jwks", "must hold the client's certificate");
  check(
    settings.tokenEndpointAuthMethod !== "client_secret_jwt" ||
      config.authMethod === "basic" ||
      config.authMethod === "post",
    "tokenEndpointAuthMethod",
    "client_secret_jwt needs an application that has a secret",
  );
  const isPublic = authMethod === "none";
  check(
    !(isPublic && settings.additionalGrantTypes.length > 0),
    "additionalGrantTypes",
    "need a client that authenticates (RFC 6749 §4.4)",
  );
  const provesByKey = ["private_key_jwt", "tls_client_auth", "self_signed_tls_client_auth"].includes(authMethod);
  check(
    settings.securityProfile === "none" || provesByKey,
    "securityProfile",
    "needs private_key_jwt, tls_client_auth or self_signed_tls_client_auth (FAPI 2.0 Security Profile §5.3.2.1)",
  );

  const hosts = new Set(redirectUris.map((one) => URL.parse(one)?.host ?? one));
  check(
    settings.subjectType === "public" || settings.sectorIdentifierUri !== null || hosts.size <= 1,
    "sectorIdentifierUri",
    "is needed by pairwise subjects when redirect URIs have several hosts (OpenID Connect Core 1.0 §8.1)",
  );
  const isCiba = settings.additionalGrantTypes.includes("urn:openid:params:grant-type:ciba");
  check(!isCiba || settings.backchannelTokenDeliveryMode !== null, "backchannelTokenDeliveryMode", "is needed by CIBA");
  check(
    settings.backchannelTokenDeliveryMode !== "ping" || settings.backchannelClientNotificationEndpoint !== null,
    "backchannelClientNotificationEndpoint",
    "is needed by the delivery mode ping",
  );

  check(
    settings.claimMappings.every(({ claim }) => !isOwnClaim(claim)),
    "claimMappings",
    "cannot set a claim of Munot's own",
  );
  const { flatRolesClaim } = settings;
  check(flatRolesClaim === null || !isOwnClaim(flatRolesClaim), "flatRolesClaim", "is a claim of Munot's own");
  return problems;
};

const originOf = (uri: string): string | null => URL.parse(uri)?.origin ?? null;

/** Printable ASCII but `\`, which browsers take for `/`. */
const uriCharacters = /^[\x21-\x5b\x5d-\x7e]+$/;

const isWebAddress = (uri: string, devMode: boolean, fragment = false): boolean => {
  const url = uriCharacters.test(uri) ? URL.parse(uri) : null;
  if (url === null || url.username || url.password) return false;
  if (uri.includes("#") && !fragment) return false;
  return url.protocol === "https:" || (devMode && url.protocol === "http:");
};
