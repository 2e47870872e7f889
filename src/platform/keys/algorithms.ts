/** Signature algorithms of JOSE that keys are made for or accepted with (RFC 7518 §3.1, RFC 8037 §3.1): none is symmetric. */
export const signatureAlgorithms = {
  RS256: { kty: "RSA", hash: "sha256" },
  RS384: { kty: "RSA", hash: "sha384" },
  RS512: { kty: "RSA", hash: "sha512" },
  ES256: { kty: "EC", crv: "P-256", hash: "sha256" },
  ES384: { kty: "EC", crv: "P-384", hash: "sha384" },
  ES512: { kty: "EC", crv: "P-521", hash: "sha512" },
  EdDSA: { kty: "OKP", crv: "Ed25519", hash: null },
  PS256: { kty: "RSA", hash: "sha256" },
  PS384: { kty: "RSA", hash: "sha384" },
  PS512: { kty: "RSA", hash: "sha512" },
} as const satisfies Record<string, { kty: "RSA" | "EC" | "OKP"; crv?: string; hash: string | null }>;

/** Algorithms that signatures of others are verified with. */
export type VerificationAlgorithm = keyof typeof signatureAlgorithms;

/** Algorithms that own keys sign with. */
export const signingAlgorithms = [
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
] as const;
export type SigningAlgorithm = (typeof signingAlgorithms)[number];

/** Lengths of own RSA keys. */
export const rsaBits = [2048, 3072, 4096] as const;
export type RsaBits = (typeof rsaBits)[number];

/** A JSON Web Key with text members only, as Node exports keys and as we publish them (RFC 7517 §4). */
export type Jwk = Readonly<Record<string, string>>;

/** Whether a text names an algorithm that signatures may have. */
export const isVerificationAlgorithm = (alg: unknown): alg is VerificationAlgorithm =>
  typeof alg === "string" && Object.hasOwn(signatureAlgorithms, alg);

/** Whether a text names an algorithm that own keys can sign with. */
export const isSigningAlgorithm = (alg: string): alg is SigningAlgorithm =>
  signingAlgorithms.some((known) => known === alg);
