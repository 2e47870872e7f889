import {
  constants,
  createPrivateKey,
  generateKeyPair,
  type KeyObject,
  type SignKeyObjectInput,
  sign,
} from "node:crypto";
import { promisify } from "node:util";
import { calculateJwkThumbprint } from "jose";
import { canonicalJson, type Json } from "../../kernel/json.ts";
import { type Jwk, type RsaBits, type SigningAlgorithm, signatureAlgorithms } from "./algorithms.ts";

/** A key pair as it is made: the public JWK to publish, the private one to seal. */
export type GeneratedKey = { readonly kid: string; readonly publicJwk: Jwk; readonly privateJwk: Jwk };

/** A private key ready to sign with; to be kept, as reading a JWK costs more than an ES256 signature. */
export type SigningKey = { readonly kid: string; readonly alg: SigningAlgorithm; readonly key: KeyObject };

const generate = promisify(generateKeyPair);

const newPrivateKey = async (alg: SigningAlgorithm, bits: RsaBits): Promise<KeyObject> => {
  const kind = signatureAlgorithms[alg];
  if (kind.kty === "RSA") return (await generate("rsa", { modulusLength: bits })).privateKey;
  if (kind.kty === "EC") return (await generate("ec", { namedCurve: kind.crv })).privateKey;
  return (await generate("ed25519")).privateKey;
};

const publicMembers = { RSA: ["kty", "n", "e"], EC: ["kty", "crv", "x", "y"], OKP: ["kty", "crv", "x"] } as const;

/** Makes a key pair off the event loop. Without a `kid` the key's thumbprint is it (RFC 7638). */
export const generateSigningKey = async (
  alg: SigningAlgorithm,
  options: { readonly kid?: string; readonly bits?: RsaBits } = {},
): Promise<GeneratedKey> => {
  const key = await newPrivateKey(alg, options.bits ?? 2048);
  // Node's JWK has text members only for these key types.
  const exported = key.export({ format: "jwk" }) as Jwk;
  const members = publicMembers[signatureAlgorithms[alg].kty].map((name) => [name, exported[name] ?? ""]);
  const kid = options.kid ?? (await calculateJwkThumbprint(Object.fromEntries(members)));
  const marks = { kid, alg, use: "sig" };
  return { kid, publicJwk: { ...Object.fromEntries(members), ...marks }, privateJwk: { ...exported, ...marks } };
};

/** Reads a private JWK that {@link generateSigningKey} made. */
export const importSigningKey = (privateJwk: Jwk, alg: SigningAlgorithm): SigningKey => {
  if (privateJwk["kid"] === undefined || privateJwk["alg"] !== alg) throw new Error(`not a private key for ${alg}`);
  return { kid: privateJwk["kid"], alg, key: createPrivateKey({ key: { ...privateJwk }, format: "jwk" }) };
};

const encode = (value: { readonly [key: string]: Json | undefined }): string =>
  Buffer.from(canonicalJson(value), "utf8").toString("base64url");

/**
 * Signs a JWT (RFC 7519, JWS compact serialisation RFC 7515 §7.1) on the thread pool. Measured, one after another: RS256 with
 * 2048 bits 830 µs (on the event loop 917), ES256 65 µs (jose 198), EdDSA 69 µs (jose 137).
 */
export const signJwt = (
  { kid, alg, key }: SigningKey,
  header: { readonly typ: string; readonly [name: string]: Json | undefined },
  claims: { readonly [name: string]: Json | undefined },
): Promise<string> => {
  const input = `${encode({ ...header, alg, kid })}.${encode(claims)}`;
  // RFC 7518 §3.4: ECDSA signatures are R and S side by side, not DER; §3.5: the salt of PSS is as long as the hash.
  const withKey: SignKeyObjectInput = alg.startsWith("PS")
    ? { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST }
    : { key, dsaEncoding: "ieee-p1363" };
  return new Promise((resolve, reject) => {
    sign(signatureAlgorithms[alg].hash, Buffer.from(input, "ascii"), withKey, (error, signature) => {
      if (error === null) resolve(`${input}.${signature.toString("base64url")}`);
      else reject(error);
    });
  });
};
