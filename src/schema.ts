import type { Kysely } from "kysely";
import type { GrantTables } from "./modules/grant/grant.tables.ts";
import type { SessionTables } from "./modules/session/session.tables.ts";
import type { TokenTables } from "./modules/token/token.tables.ts";
import type { WebKeyTables } from "./modules/web-key/web-key.tables.ts";

/** All tables: each module adds its row types here, so that Kysely knows them in one place. */
export type Database = GrantTables & WebKeyTables & SessionTables & TokenTables;

export type Db = Kysely<Database>;
