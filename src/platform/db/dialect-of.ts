import { type Kysely, PostgresAdapter } from "kysely";
import type { Dialect } from "./database.ts";

/** Which database a Kysely speaks to, for the few statements that must differ. */
export const dialectOf = <DB>(db: Kysely<DB>): Dialect =>
  db.getExecutor().adapter instanceof PostgresAdapter ? "postgres" : "sqlite";
