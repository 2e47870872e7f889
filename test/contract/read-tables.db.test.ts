import { expect, test } from "vitest";
import { migrations } from "../../migrations/index.ts";
import { projectionTables } from "../../src/parts.ts";
import { describeOnBothDatabases } from "../harness/store.ts";
import { contractSetup } from "./fixture.ts";

/** The log's own tables, and those whose rows stand in no event: credentials and keys. */
const notProjected = [
  ...["events", "streams", "claims", "subject_keys", "jobs", "log_epoch", "migrations"],
  ...["writer_epoch", "processes"],
  ...["tokens", "master_key", "instance_keys", "used_assertions", "paces"],
];

describeOnBothDatabases("the list of read tables", (open, dialect) => {
  test("names every table that projections write, so that none escapes verify and rebuild", async () => {
    const { database } = await open({ ...contractSetup, migrations });
    const names =
      dialect === "sqlite"
        ? "select name from sqlite_master where type = 'table' and name not like 'sqlite_%'"
        : "select tablename as name from pg_tables where schemaname = current_schema()";
    const rows = await database.read({ sql: names, parameters: [] });
    const projected = rows
      .map((row) => String(row.name))
      // The search index over `users` is kept by that table's own triggers.
      .filter((name) => !notProjected.includes(name) && !name.startsWith("user_text"));
    expect([...projectionTables].sort()).toEqual(projected.sort());
  });
});
