import { createPublicKey, generateKeyPair, type KeyObject } from "node:crypto";
import { promisify } from "node:util";
import { type Jwk, signatureAlgorithms } from "./algorithms.ts";
import { importVerificationKey } from "./verifying.ts";

/** A key pair for a service account: the public part to keep, the private one to hand out once. */
export type ServiceKeyPair = { readonly publicJwk: Jwk; readonly privatePem: string };

const generate = promisify(generateKeyPair);

const members = { RSA: ["kty", "n", "e"], EC: ["kty", "crv", "x", "y"], OKP: ["kty", "crv", "x"] } as const;

/** The public JWK of a key that signatures may be verified with, or `null`. */
const jwkOf = (key: KeyObject): Jwk | null => {
  const jwk = key.export({ format: "jwk" });
  const imported = importVerificationKey(jwk);
  if (imported === null) return null;
  const names = members[signatureAlgorithms[imported.alg].kty];
  return Object.fromEntries(names.map((name) => [name, jwk[name] ?? ""]));
};

/**
 * Reads a PEM public key (RFC 7468 §13, or PKCS #1) as a JWK. `null` for what is none, for kinds and strengths that must not
 * verify signatures, and for private keys: Munot never holds one that somebody else has made.
 */
export const readPublicKey = (pem: string): Jwk | null => {
  const [, label] = /^\s*-----BEGIN ([A-Z ]+)-----/.exec(pem) ?? [];
  if (label !== "PUBLIC KEY" && label !== "RSA PUBLIC KEY") return null;
  try {
    return jwkOf(createPublicKey({ key: pem, format: "pem" }));
  } catch {
    return null;
  }
};

/** Makes an RSA key pair off the event loop; the private key in PKCS #1, which the libraries of key file users read. */
export const generateServiceKey = async (): Promise<ServiceKeyPair> => {
  const { publicKey, privateKey } = await generate("rsa", { modulusLength: 2048 });
  const publicJwk = jwkOf(publicKey);
  // One sound key in 2^27 bears the mark of a weak generator.
  if (publicJwk === null) return generateServiceKey();
  return { publicJwk, privatePem: String(privateKey.export({ type: "pkcs1", format: "pem" })) };
};
