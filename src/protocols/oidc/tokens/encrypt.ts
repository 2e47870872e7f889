import { CompactEncrypt, importJWK, type JWK } from "jose";
import type { ClientJwk } from "../client-keys.ts";
import { OAuthError } from "../errors.ts";

/**
 * How answers are encrypted for a client: the key management algorithms (RFC 7518 §4.1) with the kind of key each needs.
 * RSA1_5 is none of them (RFC 8725 §3.2), and those with a shared secret are not: of client secrets only a hash is kept.
 */
export const encryptionAlgorithms = {
  "RSA-OAEP": ["RSA"],
  "RSA-OAEP-256": ["RSA"],
  "RSA-OAEP-384": ["RSA"],
  "RSA-OAEP-512": ["RSA"],
  "ECDH-ES": ["EC", "OKP"],
  "ECDH-ES+A128KW": ["EC", "OKP"],
  "ECDH-ES+A192KW": ["EC", "OKP"],
  "ECDH-ES+A256KW": ["EC", "OKP"],
} as const satisfies Readonly<Record<string, readonly ("RSA" | "EC" | "OKP")[]>>;

export type EncryptionAlgorithm = keyof typeof encryptionAlgorithms;

/** Content encryption (RFC 7518 §5.1); the first is the default (OpenID Connect Dynamic Client Registration 1.0 §2). */
export const contentEncryptions = [
  "A128CBC-HS256",
  "A192CBC-HS384",
  "A256CBC-HS512",
  "A128GCM",
  "A192GCM",
  "A256GCM",
] as const;

/** The names of the algorithms, as discovery lists them. */
export const encryptionAlgorithmNames = Object.keys(encryptionAlgorithms);

/** Whether answers can be encrypted by that key management algorithm. */
export const isEncryptionAlgorithm = (alg: string): alg is EncryptionAlgorithm =>
  Object.hasOwn(encryptionAlgorithms, alg);

const curves = ["P-256", "P-384", "P-521", "X25519"];
const rsaBitsLeast = 2_048;

/** RFC 7517 §4.2–§4.4: for encryption, of the right kind, and not for another algorithm. */
const fits = (jwk: ClientJwk, alg: EncryptionAlgorithm): boolean => {
  const { kty, use, key_ops: operations, crv } = jwk;
  if (!encryptionAlgorithms[alg].some((kind) => kind === kty)) return false;
  if (use !== undefined && use !== "enc") return false;
  if (jwk["alg"] !== undefined && jwk["alg"] !== alg) return false;
  const wanted = ["encrypt", "wrapKey", "deriveKey", "deriveBits"];
  if (Array.isArray(operations) && !operations.some((one) => wanted.includes(one))) return false;
  if (kty === "RSA") return typeof jwk["n"] === "string" && (jwk["n"].length * 6) / 8 >= (rsaBitsLeast - 7) / 8;
  return typeof crv === "string" && curves.includes(crv);
};

/** The key to encrypt with: one that says it is for that, before one that says nothing. */
const keyFor = (keys: readonly ClientJwk[], alg: EncryptionAlgorithm): ClientJwk | null => {
  const fitting = keys.filter((jwk) => fits(jwk, alg));
  return fitting.find((jwk) => jwk["use"] === "enc") ?? fitting[0] ?? null;
};

const publicMembers = ["kty", "crv", "n", "e", "x", "y"];

/** What a client asks for. `enc: null`: the default. */
export type Encryption = { readonly alg: string; readonly enc: string | null };

/**
 * Encrypts a signed JWT for a client, nested (RFC 7519 §5.2, §11.2), by one of its published keys. A client that asked for
 * encryption and has no key for it gets nothing rather than the plain text.
 */
export const encryptFor = async (
  keys: readonly ClientJwk[],
  { alg, enc }: Encryption,
  jws: string,
): Promise<string> => {
  const content = contentEncryptions.find((one) => one === (enc ?? contentEncryptions[0]));
  const jwk = isEncryptionAlgorithm(alg) ? keyFor(keys, alg) : null;
  if (content === undefined || jwk === null) {
    throw new OAuthError("invalid_request", {
      description: "The client asked for encryption and has published no key for it",
      detail: `no key for ${alg} with ${enc ?? "the default"}`,
    });
  }
  // Only the public members, whatever else the client put there by mistake; jose checks the values themselves.
  const only = Object.fromEntries(publicMembers.flatMap((name) => (name in jwk ? [[name, jwk[name]]] : []))) as JWK;
  const key = await importJWK(only, alg).catch((error: unknown) => {
    throw new OAuthError("invalid_request", {
      description: "The client's encryption key is not valid",
      detail: String(error),
    });
  });
  const kid = typeof jwk["kid"] === "string" ? { kid: jwk["kid"] } : {};
  return new CompactEncrypt(new TextEncoder().encode(jws))
    .setProtectedHeader({ alg, enc: content, cty: "JWT", ...kid })
    .encrypt(key);
};
