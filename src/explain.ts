import { DataDirBusy } from "./platform/db/data-dir.ts";
import { BesideTooOld } from "./platform/db/join.ts";
import { SchemaTooNew } from "./platform/db/migration.ts";
import { UnknownEvent } from "./platform/eventstore/event-row.ts";
import { MasterKeyError } from "./platform/keys/masterkey.ts";
import { SettingsError } from "./settings.ts";

const codes: Readonly<Record<string, string>> = {
  EADDRINUSE: "The port is in use. Stop the other program, or set MUNOT_PORT to a free port.",
  EEXIST: "MUNOT_DATA_DIR names a file: choose a folder.",
  ENOTDIR: "MUNOT_DATA_DIR lies below a file: choose a folder.",
  EROFS: "The folder in MUNOT_DATA_DIR cannot be written.",
  ENOSPC: "There is no space left in the folder of MUNOT_DATA_DIR.",
  EACCES: "The port or folder may not be used by this user. Choose a port above 1023, or a folder that is writable.",
  ECONNREFUSED: "The database does not answer at the address in MUNOT_DATABASE_URL. Is it running?",
  ENOTFOUND: "The host in MUNOT_DATABASE_URL cannot be found.",
  "28P01": "The database refused the password in MUNOT_DATABASE_URL.",
  "28000": "The database refused the user in MUNOT_DATABASE_URL.",
  "3D000": "The database named in MUNOT_DATABASE_URL does not exist. Create it first.",
};

const codeOf = (error: unknown): string =>
  error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "";

/** Why Munot cannot start, in words for whoever starts it; a defect keeps its stack. */
export const explain = (error: unknown): string => {
  if (error instanceof SettingsError) {
    return `Munot cannot start with these settings:\n${error.problems.map((one) => `  - ${one}`).join("\n")}`;
  }
  if (error instanceof SchemaTooNew || error instanceof UnknownEvent) {
    return `${error.message}. Start the newer one, or restore the backup that was taken before the upgrade.`;
  }
  if (error instanceof BesideTooOld) return `${error.message}.`;
  if (error instanceof MasterKeyError) return error.message;
  if (error instanceof DataDirBusy) return `${error.message}. Stop it first, or set MUNOT_DATA_DIR to another folder.`;
  // A pool that tries several addresses wraps their errors.
  const causes = error instanceof AggregateError ? error.errors : [error];
  const known = causes.map((cause) => codes[codeOf(cause)]).find((text) => text !== undefined);
  if (known !== undefined) return known;
  return `Munot could not start. This is a defect, please report it:\n${error instanceof Error ? error.stack : String(error)}`;
};
