import { randomBytes } from "node:crypto";
import { type InstanceId, instanceId as instanceIdSchema } from "../../kernel/ids.ts";
import { reveal, type Secret, secret } from "../crypto/secret.ts";
import { type DerivationLabel, deriveKey, keyBytes, openBytes, SealBroken, sealBytes } from "./aead.ts";
import { confirmMasterKey, type MasterKey, type MasterKeyStore, markOf } from "./masterkey.ts";

/** An instance's key as stored: wrapped by the master key that `keyId` names. */
export type WrappedInstanceKey = {
  readonly instanceId: InstanceId;
  readonly wrapped: Uint8Array;
  readonly keyId: string;
};

export type InstanceKeyStore = {
  readonly readKey: (instanceId: InstanceId) => Promise<WrappedInstanceKey | null>;
  /** Stores an instance's first key; when two processes try, one wins and both read the winner's. */
  readonly putFirstKey: (row: WrappedInstanceKey) => Promise<void>;
  /** Up to `limit` keys that another master key wraps. */
  readonly listWrappedByOthers: (keyId: string, limit: number) => Promise<readonly WrappedInstanceKey[]>;
  /** Up to `limit` keys of the instances after `after`, in their order. */
  readonly listKeys: (after: string, limit: number) => Promise<readonly WrappedInstanceKey[]>;
  /** Replaces a wrapping if it is still the one under `from`. */
  readonly replaceKey: (row: WrappedInstanceKey, from: string) => Promise<void>;
};

/** What a sealed secret is and whose: `web_key:<key id>`. A secret opens only under the label that it was sealed for. */
export type SecretLabel =
  `${"web_key" | "response" | "idp" | "smtp" | "sms" | "totp" | "cookie" | "client_secret"}:${string}`;

/** The keys that seal what lies in the database, opened with the master key. */
export type InstanceKeys = {
  /** Opens the key of an instance, makes it on first use. To be awaited before work for the instance begins. */
  readonly open: (instanceId: InstanceId) => Promise<void>;
  /** Opens the keys of all instances there are. */
  readonly openAll: () => Promise<void>;
  /** The key under which the event log seals for an opened instance (32 bytes); throws when it was not opened. */
  readonly logKeyOf: (instanceId: InstanceId) => Uint8Array;
  /** The key of the names by which clients know people (OpenID Connect Core 1.0 §8.1) on an opened instance. */
  readonly subjectKeyOf: (instanceId: InstanceId) => Secret;
  /** Seals a secret that must be stored, as base64url text. */
  readonly sealSecret: (instanceId: InstanceId, label: SecretLabel, plaintext: Uint8Array | string) => Promise<string>;
  /** Opens what {@link sealSecret} sealed; throws {@link SealBroken} when instance or label are others. */
  readonly openSecret: (instanceId: InstanceId, label: SecretLabel, sealed: string) => Promise<Uint8Array>;
  /** Holds the master key against the database; after a rotation wraps all instance keys anew. To be called at start. */
  readonly confirm: () => Promise<"confirmed" | "rotated">;
  /**
   * Derives keys of the whole installation. They come from a key of their own that the master key wraps like an instance's,
   * so that cookies and codes outlive a rotation, and all processes agree on them while it goes on.
   */
  readonly installation: () => Promise<(label: InstallationLabel) => Uint8Array>;
  /** Drops an instance's key from memory, when the instance is gone. */
  readonly forget: (instanceId: InstanceId) => void;
};

/** What belongs to no single instance. */
export type InstallationLabel = Extract<DerivationLabel, "browserCookie" | "hashCode" | "dpopNonce">;

/** Stands where instances' ids stand; own ids are digits. */
const installationId = instanceIdSchema.parse("_installation");

const batchRows = 100;

/** An instance's keys in memory, each for one use; the key they come from is not kept. */
type OpenedKeys = { readonly log: Uint8Array; readonly secrets: Uint8Array; readonly subjects: Secret };

/** The keys of the instances: each wrapped by the master key in the database, opened once per process. */
export const createInstanceKeys = ({
  masterKey,
  previous,
  store,
}: {
  readonly masterKey: MasterKey;
  readonly previous: MasterKey | null;
  readonly store: InstanceKeyStore & MasterKeyStore;
}): InstanceKeys => {
  const known = previous === null ? [masterKey] : [masterKey, previous];
  const opened = new Map<InstanceId, OpenedKeys>();
  const opening = new Map<InstanceId, Promise<OpenedKeys>>();

  const wrap = (instanceId: InstanceId, key: Uint8Array): WrappedInstanceKey => ({
    instanceId,
    wrapped: sealBytes(wrappingKeyOf(masterKey), key, placeOf(instanceId)),
    keyId: masterKey.id,
  });

  const unwrap = (row: WrappedInstanceKey): Uint8Array => {
    const by = known.find(({ id }) => id === row.keyId);
    if (by === undefined) throw new SealBroken();
    return openBytes(wrappingKeyOf(by), row.wrapped, placeOf(row.instanceId));
  };

  const readOrMake = async (instanceId: InstanceId): Promise<Uint8Array> => {
    const stored = await store.readKey(instanceId);
    if (stored !== null) return unwrap(stored);
    await store.putFirstKey(wrap(instanceId, randomBytes(keyBytes)));
    // Read again: the row that stands is the key, whoever wrote it.
    const standing = await store.readKey(instanceId);
    if (standing === null) throw new Error(`the key of instance ${instanceId} was not stored`);
    return unwrap(standing);
  };

  const keep = (instanceId: InstanceId, key: Uint8Array): OpenedKeys => {
    const keys = {
      log: deriveKey(key, "sealLog"),
      secrets: deriveKey(key, "sealSecret"),
      subjects: secret(deriveKey(key, "pairwiseSubject")),
    };
    opened.set(instanceId, keys);
    return keys;
  };

  const openKeys = async (instanceId: InstanceId): Promise<OpenedKeys> => {
    const before = opened.get(instanceId) ?? opening.get(instanceId);
    if (before !== undefined) return before;
    const reading = readOrMake(instanceId).then((key) => keep(instanceId, key));
    opening.set(instanceId, reading);
    try {
      return await reading;
    } finally {
      opening.delete(instanceId);
    }
  };

  const mustBeOpen = (instanceId: InstanceId): OpenedKeys => {
    const keys = opened.get(instanceId);
    if (keys === undefined) throw new Error(`the key of instance ${instanceId} was not opened`);
    return keys;
  };

  return {
    open: async (instanceId) => {
      await openKeys(instanceId);
    },
    openAll: async () => {
      let rows = await store.listKeys("", batchRows);
      while (rows.length > 0) {
        for (const row of rows) keep(row.instanceId, unwrap(row));
        rows = await store.listKeys(rows.at(-1)?.instanceId ?? "", batchRows);
      }
    },
    logKeyOf: (instanceId) => mustBeOpen(instanceId).log,
    subjectKeyOf: (instanceId) => mustBeOpen(instanceId).subjects,
    sealSecret: async (instanceId, label, plaintext) => {
      const bytes = typeof plaintext === "string" ? Buffer.from(plaintext, "utf8") : plaintext;
      const sealed = sealBytes((await openKeys(instanceId)).secrets, bytes, `${instanceId} ${label}`);
      return Buffer.from(sealed).toString("base64url");
    },
    openSecret: async (instanceId, label, sealed) =>
      openBytes((await openKeys(instanceId)).secrets, Buffer.from(sealed, "base64url"), `${instanceId} ${label}`),
    confirm: async () => {
      const outcome = await confirmMasterKey(masterKey, previous, store);
      // Also after `confirmed`: another process may have stopped half-way, or written under the former key since.
      if (previous !== null) await rewrapAll({ wrap, unwrap, store, keyId: masterKey.id });
      if (outcome === "rotated" && previous !== null) await store.replaceMark(previous.id, markOf(masterKey));
      return outcome;
    },
    installation: async () => {
      const key = await readOrMake(installationId);
      return (label) => deriveKey(key, label);
    },
    forget: (instanceId) => {
      opened.delete(instanceId);
    },
  };
};

const wrappingKeyOf = ({ key }: MasterKey): Uint8Array => deriveKey(reveal(key), "wrapInstanceKey");
const placeOf = (instanceId: InstanceId): string => `instance key ${instanceId}`;

const rewrapAll = async ({
  wrap,
  unwrap,
  store,
  keyId,
}: {
  readonly wrap: (instanceId: InstanceId, key: Uint8Array) => WrappedInstanceKey;
  readonly unwrap: (row: WrappedInstanceKey) => Uint8Array;
  readonly store: InstanceKeyStore;
  readonly keyId: string;
}): Promise<void> => {
  for (;;) {
    const rows = await store.listWrappedByOthers(keyId, batchRows);
    if (rows.length === 0) return;
    for (const row of rows) await store.replaceKey(wrap(row.instanceId, unwrap(row)), row.keyId);
  }
};
