import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import type { InstanceId } from "../../kernel/ids.ts";

/** A person's own key in the clear; what it sealed is gone with it. */
export type SubjectKey = Uint8Array;

/**
 * Seals personal data: every subject (`<kind>:<id>`) has a key of its own, stored wrapped by its instance's key. AES-256-GCM;
 * `aad` binds a sealed value to its place, so that it cannot be moved to another row.
 */
export type Sealer = {
  readonly newSubjectKey: (
    instanceId: InstanceId,
    subject: string,
  ) => { readonly key: SubjectKey; readonly wrapped: Uint8Array };
  readonly unwrap: (instanceId: InstanceId, subject: string, wrapped: Uint8Array) => SubjectKey;
  readonly seal: (key: SubjectKey, plaintext: Uint8Array, aad: string) => Uint8Array;
  /** throws when the value was changed, moved or sealed with another key */
  readonly open: (key: SubjectKey, sealed: Uint8Array, aad: string) => Uint8Array;
  /** seals what belongs to no person, with the instance's key */
  readonly sealForInstance: (instanceId: InstanceId, plaintext: Uint8Array, aad: string) => Uint8Array;
  readonly openForInstance: (instanceId: InstanceId, sealed: Uint8Array, aad: string) => Uint8Array;
};

const keyBytes = 32;
/** NIST SP 800-38D §8.2.2: random 96-bit nonces */
const nonceBytes = 12;
const tagBytes = 16;
/** first byte of every sealed value: the format */
const format = 1;

/** Measured: 54 µs for a value of 300 bytes, most of it the start of the cipher. */
const seal = (key: Uint8Array, plaintext: Uint8Array, aad: string): Uint8Array => {
  const nonce = randomBytes(nonceBytes);
  const cipher = createCipheriv("aes-256-gcm", key, nonce);
  cipher.setAAD(Buffer.from(aad));
  const body = cipher.update(plaintext);
  return Buffer.concat([Uint8Array.of(format), nonce, body, cipher.final(), cipher.getAuthTag()]);
};

const open = (key: Uint8Array, sealed: Uint8Array, aad: string): Uint8Array => {
  if (sealed[0] !== format || sealed.length < 1 + nonceBytes + tagBytes) throw new Error("not a sealed value");
  const nonce = sealed.subarray(1, 1 + nonceBytes);
  const decipher = createDecipheriv("aes-256-gcm", key, nonce, { authTagLength: tagBytes });
  decipher.setAAD(Buffer.from(aad));
  decipher.setAuthTag(sealed.subarray(sealed.length - tagBytes));
  return Buffer.concat([decipher.update(sealed.subarray(1 + nonceBytes, sealed.length - tagBytes)), decipher.final()]);
};

/** The sealer over the instances' keys (32 bytes each). */
export const createSealer = (instanceKeyOf: (instanceId: InstanceId) => Uint8Array): Sealer => {
  const wrapAad = (instanceId: InstanceId, subject: string) => `subject-key/${instanceId}/${subject}`;
  return {
    newSubjectKey: (instanceId, subject) => {
      const key = randomBytes(keyBytes);
      return { key, wrapped: seal(instanceKeyOf(instanceId), key, wrapAad(instanceId, subject)) };
    },
    unwrap: (instanceId, subject, wrapped) => open(instanceKeyOf(instanceId), wrapped, wrapAad(instanceId, subject)),
    seal,
    open,
    sealForInstance: (instanceId, plaintext, aad) => seal(instanceKeyOf(instanceId), plaintext, `instance/${aad}`),
    openForInstance: (instanceId, sealed, aad) => open(instanceKeyOf(instanceId), sealed, `instance/${aad}`),
  };
};
