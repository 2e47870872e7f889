import { createPublicKey, type KeyObject } from "node:crypto";
import { compactVerify, type JWK } from "jose";
import { z } from "zod";
import { decodeBase64url } from "../crypto/secret.ts";
import { isVerificationAlgorithm, signatureAlgorithms, type VerificationAlgorithm } from "./algorithms.ts";
import { hasRocaFingerprint } from "./roca.ts";

/** A public key and the one algorithm that it may verify: never what a token says (RFC 8725 §3.1, §3.2). */
export type VerificationKey = {
  readonly kid: string | null;
  readonly alg: VerificationAlgorithm;
  readonly key: KeyObject;
};

const jwkForm = z.looseObject({
  kty: z.string(),
  kid: z.string().optional(),
  alg: z.string().optional(),
  use: z.string().optional(),
  key_ops: z.array(z.string()).optional(),
  crv: z.string().optional(),
});

/** RFC 7518 §3.3: RSA keys have at least 2048 bits; beyond 8192 a verification costs too much. */
const rsaBounds = { min: 2048, max: 8192 } as const;

const defaultAlgorithm = (kty: string, crv: string | undefined): VerificationAlgorithm | null => {
  if (kty === "RSA") return "RS256";
  // Object.keys gives strings; these are the keys of the literal table.
  const names = Object.keys(signatureAlgorithms) as VerificationAlgorithm[];
  return names.find((name) => isFor(name, kty, crv)) ?? null;
};

const isFor = (alg: VerificationAlgorithm, kty: string, crv: string | undefined): boolean => {
  const kind = signatureAlgorithms[alg];
  return kind.kty === kty && (!("crv" in kind) || kind.crv === crv);
};

/**
 * Reads a public JWK (RFC 7517). `null` for one that must not verify signatures: symmetric, for encryption, of another
 * curve than its `alg`, RSA under 2048 bits, with an exponent under 65537 or even, or of a known weak generator. Without `alg`, RSA is RS256.
 */
export const importVerificationKey = (jwk: unknown): VerificationKey | null => {
  const parsed = jwkForm.safeParse(jwk);
  if (!parsed.success) return null;
  const { kty, crv, kid, use, key_ops } = parsed.data;
  if ((use !== undefined && use !== "sig") || (key_ops !== undefined && !key_ops.includes("verify"))) return null;
  const alg = parsed.data.alg === undefined ? defaultAlgorithm(kty, crv) : parsed.data.alg;
  if (!isVerificationAlgorithm(alg) || !isFor(alg, kty, crv)) return null;
  const key = publicKeyOf(parsed.data);
  return key !== null && isStrong(key) ? { kid: kid ?? null, alg, key } : null;
};

const publicKeyOf = (jwk: z.output<typeof jwkForm>): KeyObject | null => {
  try {
    // Node checks every member itself and throws on what is no key.
    return createPublicKey({ key: jwk as JWK, format: "jwk" });
  } catch {
    return null;
  }
};

const isStrong = (key: KeyObject): boolean => {
  if (key.asymmetricKeyType !== "rsa") return true;
  const { modulusLength = 0, publicExponent = 0n } = key.asymmetricKeyDetails ?? {};
  return (
    modulusLength >= rsaBounds.min &&
    modulusLength <= rsaBounds.max &&
    publicExponent >= 65_537n &&
    publicExponent % 2n === 1n &&
    !hasRocaFingerprint(modulusOf(key))
  );
};

const modulusOf = (key: KeyObject): bigint =>
  BigInt(`0x0${Buffer.from(key.export({ format: "jwk" }).n ?? "", "base64url").toString("hex")}`);

/** Reads a JWK set (RFC 7517 §5): keys that cannot be used are left out, a set with two keys of one `kid` is refused. */
export const importVerificationKeys = (jwks: unknown): readonly VerificationKey[] | null => {
  const parsed = z.looseObject({ keys: z.array(z.unknown()).max(100) }).safeParse(jwks);
  if (!parsed.success) return null;
  const keys = parsed.data.keys.flatMap((jwk) => importVerificationKey(jwk) ?? []);
  const kids = keys.flatMap(({ kid }) => kid ?? []);
  return new Set(kids).size === kids.length ? keys : null;
};

const headerForm = z.looseObject({ alg: z.string(), kid: z.string().optional(), typ: z.string().optional() });

export type JwsHeader = z.output<typeof headerForm>;

/** Largest token that is looked at. */
const tokenChars = 65_536;

/**
 * Verifies a compact JWS (RFC 7515 §5.2) with one of the given keys; `null` when none fits. Strict: canonical base64url, the
 * key's own algorithm, no `crit`, no `b64`, no key from the header (`jwk`, `jku`, `x5c` are not looked at).
 */
export const verifyJws = async (
  token: string,
  keys: readonly VerificationKey[],
): Promise<{ readonly header: JwsHeader; readonly payload: Uint8Array } | null> => {
  const header = readJwsHeader(token);
  if (header === null || "crit" in header || "b64" in header) return null;
  const fitting = keys.filter(
    ({ kid, alg }) => alg === header.alg && (header.kid === undefined || kid === null || kid === header.kid),
  );
  for (const { alg, key } of fitting) {
    try {
      const { payload } = await compactVerify(token, key, { algorithms: [alg] });
      return { header, payload };
    } catch {
      // Another key without a `kid` may fit.
    }
  }
  return null;
};

/** MACs of JOSE (RFC 7518 §3.2), for assertions made with a client's secret. */
export const macAlgorithms = ["HS256", "HS384", "HS512"] as const;

/** Verifies a compact JWS that was made with a shared secret, as strictly as {@link verifyJws}. */
export const verifyHmacJws = async (
  token: string,
  secret: Uint8Array,
): Promise<{ readonly header: JwsHeader; readonly payload: Uint8Array } | null> => {
  const header = readJwsHeader(token);
  if (header === null || "crit" in header || "b64" in header) return null;
  try {
    const { payload } = await compactVerify(token, secret, { algorithms: [...macAlgorithms] });
    return { header, payload };
  } catch {
    return null;
  }
};

/** The header of a compact JWS, not yet believed: to look up its issuer's keys. */
export const readJwsHeader = (token: string): JwsHeader | null => {
  if (token.length > tokenChars) return null;
  const parts = token.split(".").map(decodeBase64url);
  const [header] = parts;
  if (parts.length !== 3 || parts.includes(null) || header === undefined || header === null) return null;
  return headerForm.safeParse(parseJson(header)).data ?? null;
};

/** JSON of UTF-8 bytes; `undefined` when it is none. */
export const parseJson = (bytes: Uint8Array): unknown => {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    return undefined;
  }
};
