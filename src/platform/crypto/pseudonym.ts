import { createCipheriv, createDecipheriv, createHmac, timingSafeEqual } from "node:crypto";
import { decodeBase64url } from "./secret.ts";

const tagBytes = 16;

/** Ids are texts over the alphabet of base64url: as such they are packed, so that the longest one stays a short pseudonym. */
const packed = (id: string): Buffer => {
  const fill = (4 - (id.length % 4)) % 4;
  return Buffer.concat([Buffer.of(fill), Buffer.from(id + "A".repeat(fill), "base64url")]);
};

const unpacked = (bytes: Buffer): string => {
  const text = bytes.subarray(1).toString("base64url");
  return text.slice(0, text.length - (bytes[0] ?? 0));
};

const mac = (key: Uint8Array, data: Uint8Array | string): Buffer => createHmac("sha256", key).update(data).digest();

const keysFor = (key: Uint8Array, place: string) => {
  const own = mac(key, place);
  return { tagKey: mac(own, "tag"), cipherKey: mac(own, "cipher") };
};

/**
 * The name of an id at one place: always the same there, unrelated to its name anywhere else, and opened only with the key
 * (a synthetic IV as in RFC 5297, of HMAC-SHA256 and AES-256-CTR). For ids over A-Z, a-z, 0-9, _ and -.
 */
export const pseudonymOf = (key: Uint8Array, place: string, id: string): string => {
  const { tagKey, cipherKey } = keysFor(key, place);
  const plain = packed(id);
  const tag = mac(tagKey, plain).subarray(0, tagBytes);
  const cipher = createCipheriv("aes-256-ctr", cipherKey, tag);
  return Buffer.concat([tag, cipher.update(plain), cipher.final()]).toString("base64url");
};

/** The id that {@link pseudonymOf} named at the same place; `null` for everything else. */
export const openPseudonym = (key: Uint8Array, place: string, pseudonym: string): string | null => {
  const bytes = decodeBase64url(pseudonym);
  if (bytes === null || bytes.length <= tagBytes) return null;
  const { tagKey, cipherKey } = keysFor(key, place);
  const tag = bytes.subarray(0, tagBytes);
  const decipher = createDecipheriv("aes-256-ctr", cipherKey, tag);
  const plain = Buffer.concat([decipher.update(bytes.subarray(tagBytes)), decipher.final()]);
  if (!timingSafeEqual(mac(tagKey, plain).subarray(0, tagBytes), tag)) return null;
  return unpacked(plain);
};
