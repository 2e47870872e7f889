import { migrations } from "../migrations/index.ts";
import packageJson from "../package.json" with { type: "json" };
import { parts } from "./parts.ts";
import type { Migration } from "./platform/db/migration.ts";
import type { Part } from "./platform/projections/projection.ts";
import type { Database } from "./schema.ts";

/** What one release of Munot brings to a database: the steps of its schema, and what it writes there. */
export type Program = {
  readonly version: string;
  readonly migrations: readonly Migration[];
  readonly parts: readonly Part<Database>[];
};

/** This release. */
export const thisProgram: Program = { version: packageJson.version, migrations, parts };
