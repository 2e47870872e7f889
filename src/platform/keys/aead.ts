import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from "node:crypto";

/** Bytes of every symmetric key here: AES-256. */
export const keyBytes = 32;

const form = 1;
const nonceBytes = 12;
const tagBytes = 16;

/**
 * Every key that is derived from another, with its HKDF label: one list, so that no two uses share a key. A released
 * label never changes: what it sealed could not be opened again.
 */
export const derivationLabels = {
  masterKeyId: "munot 1 master key id",
  masterKeyCheck: "munot 1 master key check",
  wrapInstanceKey: "munot 1 wrap instance key",
  sealLog: "munot 1 seal log",
  sealSecret: "munot 1 seal secret",
  browserCookie: "munot 1 browser cookie",
  hashCode: "munot 1 hash code",
  dpopNonce: "munot 1 dpop nonce",
  pairwiseSubject: "munot 1 pairwise subject",
} as const;

export type DerivationLabel = keyof typeof derivationLabels;

/** A key for one use from a key of 256 random bits (HKDF-SHA256, RFC 5869; no salt is needed for a uniform key, §3.1). */
export const deriveKey = (key: Uint8Array, label: DerivationLabel, bytes = keyBytes): Uint8Array =>
  new Uint8Array(hkdfSync("sha256", key, new Uint8Array(), derivationLabels[label], bytes));

/** Sealed bytes were altered, belong elsewhere, or another key sealed them. */
export class SealBroken extends Error {
  override readonly name = "SealBroken";
  constructor() {
    super("sealed data cannot be opened: it was altered, moved, or sealed under another key");
  }
}

/**
 * Seals with AES-256-GCM: form byte, 96-bit random nonce, ciphertext, tag (NIST SP 800-38D §8.2.2: up to 2^32 seals per
 * key). `place` is authenticated, not stored: what was sealed for one place does not open at another.
 */
export const sealBytes = (key: Uint8Array, plaintext: Uint8Array, place: string): Uint8Array => {
  const nonce = randomBytes(nonceBytes);
  const cipher = createCipheriv("aes-256-gcm", key, nonce, { authTagLength: tagBytes });
  cipher.setAAD(Buffer.from(place, "utf8"));
  return Uint8Array.from(
    Buffer.concat([Buffer.of(form), nonce, cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]),
  );
};

/** Opens what {@link sealBytes} sealed for the same place; throws {@link SealBroken} on anything else. */
export const openBytes = (key: Uint8Array, sealed: Uint8Array, place: string): Uint8Array => {
  if (sealed.length < 1 + nonceBytes + tagBytes || sealed[0] !== form) throw new SealBroken();
  const decipher = createDecipheriv("aes-256-gcm", key, sealed.subarray(1, 1 + nonceBytes), {
    authTagLength: tagBytes,
  });
  decipher.setAAD(Buffer.from(place, "utf8"));
  decipher.setAuthTag(sealed.subarray(-tagBytes));
  const plaintext = decipher.update(sealed.subarray(1 + nonceBytes, -tagBytes));
  try {
    decipher.final();
  } catch {
    throw new SealBroken();
  }
  return Uint8Array.from(plaintext);
};
