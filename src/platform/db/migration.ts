import { setTimeout as sleep } from "node:timers/promises";
import type { Database, Dialect, Row, Run } from "./database.ts";
import { placeholders } from "./placeholders.ts";

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

/**
 * One forward step of the schema; its name begins with its number. Expand first, contract a release later: an expanding
 * step (the default) leaves all that the release before it reads and writes; a contracting one takes away what no living
 * program uses any more (docs/adr/0012-old-and-new-programs-side-by-side.md).
 */
export type Migration = {
  readonly name: string;
  readonly kind?: "expand" | "contract";
  /** of a contracting step: the newest step that all programs must know beside which a program with this one may run */
  readonly beside?: number;
  readonly up: (t: MigrationTypes) => readonly string[];
};

/** The column types of a database. */
export const migrationTypes = (dialect: Dialect): MigrationTypes =>
  dialect === "sqlite"
    ? { dialect, text: "text", int: "integer", bool: "integer", bytes: "blob" }
    : { dialect, text: 'text collate "C"', int: "bigint", bool: "smallint", bytes: "bytea" };

/** The database has lost, by a newer Munot, what this program needs. */
export class SchemaTooNew extends Error {
  override readonly name = "SchemaTooNew";
}

/** The number that a step's name begins with. */
const stepNumber = ({ name }: Pick<Migration, "name">): number => Number.parseInt(name, 10);

/** The newest step of a program: all before it are known to it too. */
export const newestStep = (migrations: readonly Migration[]): number =>
  migrations.reduce((newest, one) => Math.max(newest, stepNumber(one)), 0);

const isContract = ({ kind }: Migration): boolean => kind === "contract";

/** What migrations themselves stand on: made before the first of them, in a form that never changes. */
const prepare = async (run: Run, t: MigrationTypes): Promise<void> => {
  await run(plain(`create table if not exists migrations (name ${t.text} primary key, at ${t.int} not null)`));
  await run(
    plain(
      `create table if not exists writer_epoch (
         singleton integer primary key check (singleton = 1), epoch ${t.int} not null)`,
    ),
  );
  await run(plain("insert into writer_epoch (singleton, epoch) values (1, 0) on conflict (singleton) do nothing"));
  await run(
    plain(
      `create table if not exists processes (
         process_id ${t.text} primary key, place ${t.text} not null, version ${t.text} not null,
         newest_step ${t.int} not null, levels ${t.text} not null, started_at ${t.int} not null,
         seen_at ${t.int} not null)`,
    ),
  );
};

/** Refuses a program that does not know the newest step that took something away. */
const refuseTooNew = async (run: Run, migrations: readonly Migration[]): Promise<void> => {
  const [row] = await run(readEpoch);
  const epoch = Number(row?.epoch ?? 0);
  if (epoch <= newestStep(migrations)) return;
  throw new SchemaTooNew(
    `this database belongs to a newer Munot: its schema has been contracted by step ${epoch}, this program knows the steps up to ${newestStep(migrations)}`,
  );
};

const readEpoch = { sql: "select epoch from writer_epoch where singleton = 1", parameters: [] };

const appliedSteps = async (run: Run): Promise<ReadonlySet<string>> =>
  new Set((await run(plain("select name from migrations"))).map((row: Row) => String(row.name)));

/** What a program finds on the database that it comes to, or does with it. */
type Arrival = { readonly at: number; readonly arrive?: (run: Run) => Promise<void> };

/**
 * Brings the schema up to date: forward only, whole or not at all, one process at a time. Steps that take something away
 * are left to {@link contract}. Steps of a newer program that only added something do no harm. Returns what was applied.
 */
export const expand = (
  database: Pick<Database<unknown>, "dialect" | "exclusive">,
  migrations: readonly Migration[],
  { at, arrive }: Arrival,
): Promise<readonly string[]> =>
  patiently(database, async (run) => {
    const t = migrationTypes(database.dialect);
    await prepare(run, t);
    await refuseTooNew(run, migrations);
    const applied = await appliedSteps(run);
    const missing = migrations.filter((one) => !isContract(one) && !applied.has(one.name));
    for (const migration of missing) await apply(run, t, migration, at);
    await arrive?.(run);
    return missing.map((one) => one.name);
  });

/**
 * Runs the steps that take something away, in order, as far as `mayRun` lets them, and raises the epoch of writers with each:
 * a program that does not know it can store nothing from then on. Returns what was applied.
 */
export const contract = (
  database: Pick<Database<unknown>, "dialect" | "exclusive">,
  migrations: readonly Migration[],
  at: number,
  mayRun: (run: Run, step: number) => Promise<boolean>,
): Promise<readonly string[]> =>
  patiently(database, async (run) => {
    await refuseTooNew(run, migrations);
    const applied = await appliedSteps(run);
    const done: string[] = [];
    for (const migration of migrations.filter((one) => isContract(one) && !applied.has(one.name))) {
      const step = stepNumber(migration);
      if (!(await mayRun(run, step))) break;
      await raiseEpoch(run, database.dialect, step);
      await apply(run, migrationTypes(database.dialect), migration, at);
      done.push(migration.name);
    }
    return done;
  });

/** How a program's steps and a database's stand to each other. */
export const schemaState = async ({ read }: Pick<Database<unknown>, "read">, migrations: readonly Migration[]) => {
  const applied = await appliedSteps(read);
  const names = new Set(migrations.map(({ name }) => name));
  const open = migrations.filter(({ name }) => !applied.has(name));
  const [row] = await read(readEpoch).catch(() => []);
  return {
    /** newest step whose taking away every writer must know */
    epoch: Number(row?.epoch ?? 0),
    newest: newestStep(migrations),
    ahead: [...applied].filter((name) => !names.has(name)).sort(),
    missing: open.filter((one) => !isContract(one)).map(({ name }) => name),
    waiting: open.filter(isContract).map((one) => ({ name: one.name, step: stepNumber(one) })),
  };
};

/** Brings the schema of a database up to date that nobody else uses. Returns what was applied. */
export const migrate = async (
  database: Pick<Database<unknown>, "dialect" | "exclusive">,
  migrations: readonly Migration[],
  at: number,
): Promise<readonly string[]> => [
  ...(await expand(database, migrations, { at })),
  ...(await contract(database, migrations, at, async () => true)),
];

/**
 * Refuses writers that do not know the step. Every unit of writing statements begins with a look at this row that holds the
 * table against this lock (fence.ts): those under way end first, the next ones see the new epoch.
 */
export const raiseEpoch = async (run: Run, dialect: Dialect, step: number): Promise<void> => {
  if (dialect === "postgres") await run(plain("lock table writer_epoch in share row exclusive mode"));
  const sql = placeholders(dialect, "update writer_epoch set epoch = ? where singleton = 1 and epoch < ?");
  await run({ sql, parameters: [step, step] });
};

const apply = async (run: Run, t: MigrationTypes, migration: Migration, at: number): Promise<void> => {
  for (const sql of migration.up(t)) await run(plain(sql));
  const sql = placeholders(t.dialect, "insert into migrations (name, at) values (?, ?)");
  await run({ sql, parameters: [migration.name, at] });
};

const plain = (sql: string) => ({ sql, parameters: [] });

/** Shorter than the second after which PostgreSQL looks for deadlocks: it is the migration that gives way, not a request. */
const lockMs = 500;
const pauseMs = 200;
const attempts = 60;

/** Changes tables that others use: lets them pass instead of making them queue behind a lock that waits. */
const patiently = async <T>(
  database: Pick<Database<unknown>, "dialect" | "exclusive">,
  work: (run: Run) => Promise<T>,
): Promise<T> => {
  if (database.dialect === "sqlite") return database.exclusive(work);
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await database.exclusive(async (run) => {
        await run(plain(`set local lock_timeout = '${lockMs}ms'`));
        return work(run);
      });
    } catch (error) {
      if (attempt >= attempts || !isLockTimeout(error)) throw error;
      await sleep(pauseMs);
    }
  }
};

/** SQLSTATE `lock_not_available` and `deadlock_detected` (PostgreSQL manual, appendix A). */
const isLockTimeout = (error: unknown): boolean =>
  error instanceof Error && "code" in error && (error.code === "55P03" || error.code === "40P01");
