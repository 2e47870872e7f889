import { closeSync, mkdirSync, openSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

/** Another running Munot holds the data folder. */
export class DataDirBusy extends Error {
  override readonly name = "DataDirBusy";
}

/** The file of the embedded database. */
export const databaseFile = (dataDir: string): string => join(dataDir, "munot.db");

/**
 * Takes the data folder for this process, until the returned function is called or the process ends, however it ends:
 * the lock is SQLite's own on `lock.db`, which the operating system releases.
 */
export const lockDataDir = (dataDir: string): (() => void) => {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  createPrivately(databaseFile(dataDir));
  const lock = new DatabaseSync(join(dataDir, "lock.db"), { timeout: 0 });
  try {
    lock.exec("pragma journal_mode = delete; begin exclusive");
  } catch (cause) {
    lock.close();
    throw new DataDirBusy(`another Munot process uses the data folder ${dataDir}`, { cause });
  }
  return () => lock.close();
};

/** For its owner only, whatever the folder allows; SQLite gives its side files the same mode. */
const createPrivately = (path: string): void => closeSync(openSync(path, "a", 0o600));
