import type { Kysely } from "kysely";

/** All tables: each module adds its row types here, so that Kysely knows them in one place. */
// biome-ignore lint/complexity/noBannedTypes: modules are intersected in below
export type Database = {};

export type Db = Kysely<Database>;
