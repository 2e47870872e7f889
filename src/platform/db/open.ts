import type { Database } from "./database.ts";
import { openPostgres, type PostgresOptions } from "./postgres.ts";
import { openSqlite, type SqliteOptions } from "./sqlite.ts";

/** Opens the embedded database of a data folder, or PostgreSQL at an URL. */
export const openDatabase = <DB>(options: PostgresOptions | SqliteOptions): Promise<Database<DB>> =>
  "url" in options ? openPostgres<DB>(options) : openSqlite<DB>(options);
