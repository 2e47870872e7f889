import type { Client } from "../../modules/application/client.queries.ts";
import type { ClientSettings } from "../../modules/application/client-settings.events.ts";
import type { VerificationAlgorithm } from "../../platform/keys/algorithms.ts";

/** What is asked of a client beyond what is asked of all: by its profile, and by what it has registered. */
export type ClientRules = {
  /** ways of authentication that count; `null`: the one that is registered, whichever it is */
  readonly clientAuthMethods: readonly string[] | null;
  /** algorithms of what the client signs, and of what it is handed signed */
  readonly signatureAlgorithms: readonly VerificationAlgorithm[];
  /** client assertions name our issuer, as a text, as their only audience, and have a `jti` */
  readonly strictAssertions: boolean;
  readonly pushedRequests: boolean;
  readonly signedRequests: boolean;
  /** bounds of `nbf` and `exp` of signed requests, which must then be there; `null`: as they say themselves */
  readonly requestObjectSeconds: number | null;
  readonly senderConstraint: "dpop" | "mtls" | "any" | null;
  /** PKCE although the client can keep a secret */
  readonly pkce: boolean;
  readonly onlyCode: boolean;
  /** answers of the authorization endpoint are signed (JARM) */
  readonly signedResponses: boolean;
  /** answers of introspection are signed (RFC 9701) */
  readonly signedIntrospection: boolean;
  /** no redirect URI of plain http but loopback ones of native applications */
  readonly httpsRedirects: boolean;
  readonly rotateRefreshTokens: boolean;
};

/** All that signatures are made with here (RFC 7518 §3.1, RFC 8037 §3.1). */
const allAlgorithms: readonly VerificationAlgorithm[] = [
  "RS256",
  "RS384",
  "RS512",
  "PS256",
  "PS384",
  "PS512",
  "ES256",
  "ES384",
  "ES512",
  "EdDSA",
];

const noProfile: ClientRules = {
  clientAuthMethods: null,
  signatureAlgorithms: allAlgorithms,
  strictAssertions: false,
  pushedRequests: false,
  signedRequests: false,
  requestObjectSeconds: null,
  senderConstraint: null,
  pkce: false,
  onlyCode: false,
  signedResponses: false,
  signedIntrospection: false,
  httpsRedirects: false,
  rotateRefreshTokens: true,
};

/**
 * FAPI 2.0 Security Profile. What it asks of every client anyway stands elsewhere: no password grant, S256 only, codes of 60
 * seconds that work once, `iss` in answers, 303 redirects, discovery.
 */
const fapi2Security: ClientRules = {
  ...noProfile,
  /** §5.3.2.1 (3), (6): confidential clients, by key or by certificate */
  clientAuthMethods: ["private_key_jwt", "tls_client_auth", "self_signed_tls_client_auth"],
  /** §5.4.1 */
  signatureAlgorithms: ["PS256", "ES256", "EdDSA"],
  /** §5.3.2.1 (8) */
  strictAssertions: true,
  /** §5.3.2.2 (3) */
  pushedRequests: true,
  /** §5.3.2.1 (4), (5) */
  senderConstraint: "any",
  /** §5.3.2.2 (5) */
  pkce: true,
  /** §5.3.2.2 (1) */
  onlyCode: true,
  /** §5.3.2.2 (8) */
  httpsRedirects: true,
  /** §5.3.2.1 (9): a bound token that is lost is of no use to its finder; a rotated one that is lost locks its owner out */
  rotateRefreshTokens: false,
};

/** Every profile, as one table. */
const profiles = {
  none: noProfile,
  fapi2_security: fapi2Security,
  /** FAPI 2.0 Message Signing §5.3.1, §5.4.1, §5.5.1 */
  fapi2_message_signing: {
    ...fapi2Security,
    signedRequests: true,
    requestObjectSeconds: 3_600,
    signedResponses: true,
    signedIntrospection: true,
  },
} as const satisfies Record<ClientSettings["securityProfile"], ClientRules>;

/** What is asked of a caller that is no client: no more than of all. */
export const anyClientRules: ClientRules = noProfile;

/** The rules of a client: those of its profile, and what it registered that goes further. */
export const rulesOf = ({ settings }: Pick<Client, "settings">): ClientRules => {
  const rules = profiles[settings.securityProfile];
  const asked = settings.dpopBoundAccessTokens
    ? "dpop"
    : settings.tlsClientCertificateBoundAccessTokens
      ? "mtls"
      : rules.senderConstraint;
  return {
    ...rules,
    pushedRequests: rules.pushedRequests || settings.requirePushedAuthorizationRequests,
    signedRequests: rules.signedRequests || settings.requireSignedRequestObject,
    senderConstraint: asked,
  };
};
