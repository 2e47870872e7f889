import { closeSync, existsSync, fsyncSync, openSync, rmSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { databaseFile } from "./data-dir.ts";

/**
 * Writes one moment of the embedded database to a new file, beside a running server. `vacuum into` reads a snapshot and
 * copies live rows only: what was erased is not in the copy (sqlite.org/lang_vacuum.html).
 */
export const backUpSqlite = (dataDir: string, file: string): void => {
  const from = databaseFile(dataDir);
  if (!existsSync(from)) throw new Error(`there is no database in ${dataDir}`);
  // Made here, empty and for its owner only; a file that is there already is somebody's.
  closeSync(openSync(file, "wx", 0o600));
  const database = new DatabaseSync(from, { readOnly: true, timeout: 10_000 });
  try {
    database.prepare("vacuum into ?").run(file);
  } catch (error) {
    rmSync(file, { force: true });
    throw error;
  } finally {
    database.close();
  }
  const written = openSync(file, "r+");
  fsyncSync(written);
  closeSync(written);
};
