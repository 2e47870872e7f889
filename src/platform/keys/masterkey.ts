import { randomBytes } from "node:crypto";
import { closeSync, fsyncSync, linkSync, mkdirSync, openSync, readFileSync, unlinkSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import { decodeBase64url, equalSecrets, randomText, reveal, type Secret, secret } from "../crypto/secret.ts";
import { deriveKey, keyBytes } from "./aead.ts";

/** The key above all others: it wraps the instances' keys and stands in no database. */
export type MasterKey = {
  /** tells keys apart in messages and rows; says nothing of the key */
  readonly id: string;
  readonly key: Secret;
};

/** What the database keeps of the master key: enough to recognise it, nothing to open. */
export type MasterKeyMark = { readonly keyId: string; readonly check: string };

export type MasterKeyStore = {
  readonly readMark: () => Promise<MasterKeyMark | null>;
  /** Stores the first mark; when two processes try, one wins and both read the winner's. */
  readonly putFirstMark: (mark: MasterKeyMark) => Promise<void>;
  readonly replaceMark: (from: string, to: MasterKeyMark) => Promise<void>;
};

/** The master key is missing, malformed, or not the one of this database: Munot does not start. */
export class MasterKeyError extends Error {
  override readonly name = "MasterKeyError";
}

/** A master key from its text, 32 bytes in base64url; `source` names where it stood. */
export const masterKeyFromText = (text: string, source: string): MasterKey => {
  const bytes = decodeBase64url(text.trim());
  if (bytes?.length !== keyBytes) {
    throw new MasterKeyError(
      `${source} does not hold a master key: 32 bytes as 43 characters of base64url are expected`,
    );
  }
  return { id: Buffer.from(deriveKey(bytes, "masterKeyId", 8)).toString("hex"), key: secret(bytes) };
};

export type LoadedMasterKey = { readonly masterKey: MasterKey; readonly origin: "setting" | "file" | "created" };

/**
 * The master key from the setting, else from the file; when neither is there and `allowCreate` says so (embedded
 * database, first start), a new one is made in the file, readable by its owner only.
 */
export const loadMasterKey = (from: {
  readonly value: string | null;
  readonly file: string;
  readonly allowCreate: boolean;
}): LoadedMasterKey => {
  if (from.value !== null) return { masterKey: masterKeyFromText(from.value, "MUNOT_MASTERKEY"), origin: "setting" };
  const stored = readIfThere(from.file);
  if (stored !== null) return { masterKey: masterKeyFromText(stored, from.file), origin: "file" };
  if (!from.allowCreate) {
    throw new MasterKeyError(
      `No master key: set MUNOT_MASTERKEY, or MUNOT_MASTERKEY_FILE to a file that holds it (${from.file} does not exist). ` +
        "A new one: node -p \"crypto.randomBytes(32).toString('base64url')\"",
    );
  }
  const origin = createFile(from.file) ? "created" : "file";
  return { masterKey: masterKeyFromText(readFileSync(from.file, "utf8"), from.file), origin };
};

const readIfThere = (file: string): string | null => {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    if (isCode(error, "ENOENT")) return null;
    throw new MasterKeyError(`The master key in ${file} cannot be read`, { cause: error });
  }
};

const isCode = (error: unknown, code: string): boolean =>
  error instanceof Error && "code" in error && error.code === code;

/** Makes the file whole and synced or not at all; false when another process was first. */
const createFile = (file: string): boolean => {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const draft = `${file}.${randomBytes(6).toString("hex")}`;
  const descriptor = openSync(draft, "wx", 0o600);
  try {
    writeSync(descriptor, `${randomText(keyBytes)}\n`);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
  try {
    // A link fails where the name is taken, which a rename would not.
    linkSync(draft, file);
    syncFolder(dirname(file));
    return true;
  } catch (error) {
    if (isCode(error, "EEXIST")) return false;
    throw error;
  } finally {
    unlinkSync(draft);
  }
};

/** The name must be on the disk before anything is sealed under the key. */
const syncFolder = (folder: string): void => {
  // Windows cannot open a folder; NTFS journals names itself.
  if (process.platform === "win32") return;
  const descriptor = openSync(folder, "r");
  fsyncSync(descriptor);
  closeSync(descriptor);
};

/** What the database keeps of its master key: enough to know it again, nothing to compute it from. */
export const markOf = ({ id, key }: MasterKey): MasterKeyMark => ({
  keyId: id,
  check: Buffer.from(deriveKey(reveal(key), "masterKeyCheck")).toString("base64url"),
});

const isMarkOf = (mark: MasterKeyMark, key: MasterKey): boolean => equalSecrets(mark.check, markOf(key).check);

/**
 * Holds the master key against the database. `confirmed`: it is this database's. `rotated`: the previous one is, so the
 * instances' keys are to be wrapped anew. Throws {@link MasterKeyError} when neither is: nothing could be opened.
 */
export const confirmMasterKey = async (
  masterKey: MasterKey,
  previous: MasterKey | null,
  store: MasterKeyStore,
): Promise<"confirmed" | "rotated"> => {
  if ((await store.readMark()) === null) await store.putFirstMark(markOf(masterKey));
  const mark = await store.readMark();
  if (mark === null) throw new MasterKeyError("The database did not keep the mark of the master key");
  if (isMarkOf(mark, masterKey)) return "confirmed";
  if (previous !== null && isMarkOf(mark, previous)) return "rotated";
  throw new MasterKeyError(
    `The master key is not the one of this database: the database was set up with key ${mark.keyId}, the given one is ` +
      `${masterKey.id}${previous === null ? "" : ` and the previous one ${previous.id}`}. Give the former key back in MUNOT_MASTERKEY or MUNOT_MASTERKEY_FILE, or, ` +
      "if you are changing keys, in MUNOT_MASTERKEY_PREVIOUS. Without it, sealed data cannot be read.",
  );
};
