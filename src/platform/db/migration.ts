import type { Database, Dialect, Run } from "./database.ts";

/** Column types and the few differences between the databases, for migrations. */
export type MigrationTypes = {
  readonly dialect: Dialect;
  /** text compared byte by byte on both databases */
  readonly text: string;
  /** whole numbers up to 2^53: versions, microseconds */
  readonly int: string;
  /** 0 or 1 */
  readonly bool: string;
  readonly bytes: string;
};

/** One forward step of the schema. Expand first, contract a release later. */
export type Migration = { readonly name: string; readonly up: (t: MigrationTypes) => readonly string[] };

/** The column types of a database. */
export const migrationTypes = (dialect: Dialect): MigrationTypes =>
  dialect === "sqlite"
    ? { dialect, text: "text", int: "integer", bool: "integer", bytes: "blob" }
    : { dialect, text: 'text collate "C"', int: "bigint", bool: "smallint", bytes: "bytea" };

/** The database has been migrated by a newer Munot. */
export class SchemaTooNew extends Error {
  override readonly name = "SchemaTooNew";
}

/** Brings the schema up to date: forward only, whole or not at all, one process at a time. Returns what was applied. */
export const migrate = (
  database: Pick<Database<unknown>, "dialect" | "exclusive">,
  migrations: readonly Migration[],
  at: number,
): Promise<readonly string[]> =>
  database.exclusive(async (run) => {
    const t = migrationTypes(database.dialect);
    await run(plain(`create table if not exists migrations (name ${t.text} primary key, at ${t.int} not null)`));
    const applied = new Set((await run(plain("select name from migrations"))).map((row) => String(row.name)));
    const known = new Set(migrations.map((one) => one.name));
    const unknown = [...applied].filter((name) => !known.has(name));
    if (unknown.length > 0) {
      throw new SchemaTooNew(`this database belongs to a newer Munot: it has ${unknown.sort().join(", ")}`);
    }
    const missing = migrations.filter((one) => !applied.has(one.name));
    for (const migration of missing) await apply(run, t, migration, at);
    return missing.map((one) => one.name);
  });

const apply = async (run: Run, t: MigrationTypes, migration: Migration, at: number): Promise<void> => {
  for (const sql of migration.up(t)) await run(plain(sql));
  const place = t.dialect === "sqlite" ? "?, ?" : "$1, $2";
  await run({ sql: `insert into migrations (name, at) values (${place})`, parameters: [migration.name, at] });
};

const plain = (sql: string) => ({ sql, parameters: [] });
