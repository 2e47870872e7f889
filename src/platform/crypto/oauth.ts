import { createHash } from "node:crypto";
import { equalSecrets, sha256 } from "./secret.ts";

/** RFC 7636 §4.1: 43 to 128 unreserved characters. */
const verifierForm = /^[A-Za-z0-9\-._~]{43,128}$/;

/** RFC 7636 §4.2: a challenge of method S256, the base64url of a SHA-256. */
const challengeForm = /^[A-Za-z0-9_-]{43}$/;

/** Whether a text can be an S256 code challenge (RFC 7636 §4.2). */
export const isCodeChallenge = (challenge: string): boolean => challengeForm.test(challenge);

/** The S256 challenge of a verifier (RFC 7636 §4.2). */
export const codeChallengeOf = (verifier: string): string => Buffer.from(sha256(verifier)).toString("base64url");

/** RFC 7636 §4.6: whether the verifier is the one whose S256 challenge came with the authorization request. */
export const verifyCodeChallenge = (verifier: string, challenge: string): boolean =>
  verifierForm.test(verifier) && equalSecrets(codeChallengeOf(verifier), challenge);

const hashOfAlg = {
  RS256: "sha256",
  ES256: "sha256",
  PS256: "sha256",
  RS384: "sha384",
  ES384: "sha384",
  PS384: "sha384",
  RS512: "sha512",
  ES512: "sha512",
  PS512: "sha512",
  // Ed25519 signs with SHA-512 inside; the left half of that is what other providers send as well.
  EdDSA: "sha512",
} as const;

/** The algorithms for which {@link halfHash} knows the hash. */
export type HalfHashAlg = keyof typeof hashOfAlg;

/** OpenID Connect Core 1.0 §3.1.3.6 and §3.3.2.11: `at_hash`, `c_hash`, the left half of the hash that `alg` uses. */
export const halfHash = (alg: HalfHashAlg, value: string): string => {
  const digest = createHash(hashOfAlg[alg]).update(value, "ascii").digest();
  return digest.subarray(0, digest.length / 2).toString("base64url");
};
