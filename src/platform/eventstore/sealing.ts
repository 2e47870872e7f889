import { randomBytes } from "node:crypto";
import type { InstanceId } from "../../kernel/ids.ts";
import { keyBytes, openBytes, sealBytes } from "../keys/aead.ts";

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

/** The sealer over the instances' keys (32 bytes each). */
export const createSealer = (instanceKeyOf: (instanceId: InstanceId) => Uint8Array): Sealer => {
  const wrapAad = (instanceId: InstanceId, subject: string) => `subject-key/${instanceId}/${subject}`;
  return {
    newSubjectKey: (instanceId, subject) => {
      const key = randomBytes(keyBytes);
      return { key, wrapped: sealBytes(instanceKeyOf(instanceId), key, wrapAad(instanceId, subject)) };
    },
    unwrap: (instanceId, subject, wrapped) =>
      openBytes(instanceKeyOf(instanceId), wrapped, wrapAad(instanceId, subject)),
    seal: sealBytes,
    open: openBytes,
    sealForInstance: (instanceId, plaintext, aad) => sealBytes(instanceKeyOf(instanceId), plaintext, `instance/${aad}`),
    openForInstance: (instanceId, sealed, aad) => openBytes(instanceKeyOf(instanceId), sealed, `instance/${aad}`),
  };
};
