import { createHash } from "node:crypto";
import { calculateJwkThumbprint, type JWK } from "jose";
import { z } from "zod";
import { epochSeconds, type Instant } from "../../../kernel/time.ts";
import { equalSecrets } from "../../../platform/crypto/secret.ts";
import type { VerificationAlgorithm } from "../../../platform/keys/algorithms.ts";
import { importVerificationKey, parseJson, readJwsHeader, verifyJws } from "../../../platform/keys/verifying.ts";

/** How old a proof may be, and how far ahead its maker's clock. */
export const proofSeconds = { past: 60, future: 30 } as const;

/** Longest proof that is looked at: an RSA key of 8192 bits and its signature fit. */
const proofChars = 8_192;

const textId = z.string().min(1).max(512);
const proofClaims = z.looseObject({
  jti: textId,
  htm: z.string().max(20),
  htu: z.string().max(4_096),
  iat: z.number(),
  nbf: z.number().optional(),
  exp: z.number().optional(),
  ath: z.string().optional(),
  nonce: z.string().max(512).optional(),
});

const header = z.looseObject({ jwk: z.record(z.string(), z.unknown()) });

/** What only private and symmetric keys have (RFC 7518 §6.2.2, §6.3.2, §6.4.1). */
const privateMembers = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];

export type ProofExpectations = {
  readonly method: string;
  /** as clients reach it: by the public issuer, or by the name under which they show certificates */
  readonly urls: readonly string[];
  /** the token that the proof comes with, or `null` where one is asked for */
  readonly accessToken: string | null;
  readonly algorithms: readonly VerificationAlgorithm[];
  readonly now: Instant;
};

export type CheckedProof =
  | {
      readonly ok: true;
      readonly jkt: string;
      readonly jti: string;
      readonly iat: number;
      readonly nonce: string | null;
    }
  | { readonly ok: false; readonly problem: string };

const refused = (problem: string): CheckedProof => ({ ok: false, problem });

/** RFC 9449 §4.3, all but (10) and (11): the nonce is looked at and the `jti` used up by whoever asks. */
export const checkProof = async (proof: string, expected: ProofExpectations): Promise<CheckedProof> => {
  // Two headers come as one with a comma, which no JWT has (§4.3 (1)).
  if (proof.length > proofChars) return refused("too long");
  const jws = readJwsHeader(proof);
  const { data: named } = header.safeParse(jws);
  if (jws === null || named === undefined) return refused("no JWT with a key");
  if (jws.typ !== "dpop+jwt") return refused("typ");
  if (!expected.algorithms.some((alg) => alg === jws.alg)) return refused("alg");
  if (privateMembers.some((member) => member in named.jwk)) return refused("a private key");
  const key = importVerificationKey({ ...named.jwk, alg: named.jwk["alg"] ?? jws.alg });
  if (key === null) return refused("key");
  const verified = await verifyJws(proof, [{ ...key, kid: null }]);
  if (verified === null) return refused("signature");
  const { data: claims } = proofClaims.safeParse(parseJson(verified.payload));
  if (claims === undefined) return refused("claims");
  const problem = wrongClaim(claims, expected);
  if (problem !== null) return refused(problem);
  // Of the key as Node reads it: however its members were written, one key has one thumbprint (RFC 7638 §3.1).
  // Node's JWKs have the members that jose's have.
  const jkt = await calculateJwkThumbprint(key.key.export({ format: "jwk" }) as JWK);
  return { ok: true, jkt, jti: claims.jti, iat: claims.iat, nonce: claims.nonce ?? null };
};

const wrongClaim = (
  { htm, htu, iat, nbf, exp, ath }: z.output<typeof proofClaims>,
  { method, urls, accessToken, now }: ProofExpectations,
): string | null => {
  if (htm !== method) return "htm";
  const meant = comparable(htu);
  if (meant === null || !urls.some((url) => comparable(url) === meant)) return "htu";
  const seconds = epochSeconds(now);
  if (iat > seconds + proofSeconds.future || iat < seconds - proofSeconds.past) return "iat";
  if (nbf !== undefined && nbf > seconds + proofSeconds.future) return "nbf";
  if (exp !== undefined && exp <= seconds - proofSeconds.future) return "exp";
  if (accessToken === null) return null;
  return ath !== undefined && equalSecrets(ath, tokenHash(accessToken)) ? null : "ath";
};

/** RFC 9449 §4.2 `ath`. */
const tokenHash = (token: string): string => createHash("sha256").update(token, "ascii").digest("base64url");

const unreserved = /%([2-7][0-9a-f])/gi;

/** A URL without query and fragment, as §4.3 compares it: after syntax- and scheme-based normalisation (RFC 3986 §6.2). */
const comparable = (text: string): string | null => {
  const url = URL.parse(text);
  if (url === null || url.username !== "" || url.password !== "") return null;
  const path = url.pathname.replace(unreserved, (all, hex: string) => {
    const char = String.fromCharCode(Number.parseInt(hex, 16));
    return /[A-Za-z0-9\-._~]/.test(char) ? char : all.toUpperCase();
  });
  return url.origin === "null" ? null : url.origin + path;
};
