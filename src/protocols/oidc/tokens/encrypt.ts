import { CompactEncrypt, importJWK, type JWK } from "jose";
import {
  contentEncryptions,
  isKeyEncryption,
  type KeyEncryption,
  keyEncryptions,
} from "../../../modules/application/client-algorithms.events.ts";
import type { ClientJwk } from "../client-keys.ts";
import { OAuthError } from "../errors.ts";

const curves = ["P-256", "P-384", "P-521", "X25519"];
/** Base64url characters of a modulus of 2048 to 8192 bits, and of an exponent: larger ones cost too much. */
const rsaChars = { least: 341, most: 1_366, exponent: 8 } as const;

const isUsableRsa = ({ n, e }: ClientJwk): boolean =>
  typeof n === "string" &&
  n.length >= rsaChars.least &&
  n.length <= rsaChars.most &&
  typeof e === "string" &&
  e.length <= rsaChars.exponent;

/** RFC 7517 §4.2–§4.4: for encryption, of the right kind, and not for another algorithm. */
const fits = (jwk: ClientJwk, alg: KeyEncryption): boolean => {
  const { kty, use, key_ops: operations, crv } = jwk;
  if (!keyEncryptions[alg].some((kind) => kind === kty)) return false;
  if (use !== undefined && use !== "enc") return false;
  if (jwk["alg"] !== undefined && jwk["alg"] !== alg) return false;
  const wanted = ["encrypt", "wrapKey", "deriveKey", "deriveBits"];
  if (Array.isArray(operations) && !operations.some((one) => wanted.includes(one))) return false;
  if (kty === "RSA") return isUsableRsa(jwk);
  return typeof crv === "string" && curves.includes(crv);
};

/** The key to encrypt with: one that says it is for that, before one that says nothing. */
const keyFor = (keys: readonly ClientJwk[], alg: KeyEncryption): ClientJwk | null => {
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
  const jwk = isKeyEncryption(alg) ? keyFor(keys, alg) : null;
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
