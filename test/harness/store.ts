import { hash } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Kysely } from "kysely";
import { afterAll, describe } from "vitest";
import type { Run } from "../../src/kernel/command.ts";
import { type InstanceId, instanceId } from "../../src/kernel/ids.ts";
import { createRunner, type StreamLocks } from "../../src/kernel/runner.ts";
import type { EventStore } from "../../src/kernel/store.ts";
import { type Instant, instant } from "../../src/kernel/time.ts";
import type { Dialect, Observe } from "../../src/platform/db/database.ts";
import { type FencedDatabase, fenced } from "../../src/platform/db/fence.ts";
import { type Migration, migrate, migrationTypes, newestStep } from "../../src/platform/db/migration.ts";
import { openDatabase } from "../../src/platform/db/open.ts";
import type { TokenStatements } from "../../src/platform/eventstore/build-unit.ts";
import { createStreamLocks } from "../../src/platform/eventstore/locks.ts";
import { createSealer, type Sealer } from "../../src/platform/eventstore/sealing.ts";
import { openEventStore } from "../../src/platform/eventstore/store.ts";
import type { Part } from "../../src/platform/projections/projection.ts";
import { freshPostgres, postgresTemplate } from "./postgres.ts";
import { assertNamesInstance } from "./tenancy.ts";

/** Where a test's database lives: keep it to open the same one again. */
export type Place = { readonly dataDir: string } | { readonly url: string };

export type StoreSetup<DB, Sources> = {
  readonly migrations: readonly Migration[];
  readonly parts: readonly Part<DB>[];
  readonly sources: Sources;
  readonly tokenStatements?: TokenStatements<DB>;
  readonly observe?: Observe;
  /** of PostgreSQL's pool */
  readonly connections?: number;
  readonly now?: () => Instant;
  readonly locks?: StreamLocks;
  /** an existing database instead of a fresh one */
  readonly place?: Place;
};

export type TestStore<DB, Sources> = {
  readonly instanceId: InstanceId;
  readonly database: FencedDatabase<DB>;
  readonly db: Kysely<DB>;
  readonly store: EventStore;
  readonly run: Run<Sources>;
  readonly sealer: Sealer;
  readonly place: Place;
  /** closes it before the end of the tests, for those who open it again */
  readonly close: () => Promise<void>;
};

export type OpenStore = <DB, Sources>(setup: StoreSetup<DB, Sources>) => Promise<TestStore<DB, Sources>>;

export const testInstance: InstanceId = instanceId.parse("111111111111111111");
const testInstanceKey = new Uint8Array(32).fill(7);

/** A clock of microseconds that never stands still. */
export const wallClock = (): (() => Instant) => {
  let last = 0;
  return () => {
    last = Math.max(last + 1, Date.now() * 1_000);
    return instant(last);
  };
};

/** Ids that are unique in this process and look like ours. */
export const countingIds = (): (() => string) => {
  let next = Date.now() * 1_000;
  return () => String(next++).padStart(18, "1");
};

/** Opens a migrated store at `place`, with its runner. */
export const openStoreAt = async <DB, Sources>(
  place: Place,
  setup: StoreSetup<DB, Sources>,
): Promise<TestStore<DB, Sources>> => {
  const now = setup.now ?? wallClock();
  const sealer = createSealer(() => testInstanceKey);
  const opened = await openDatabase<DB>({
    ...place,
    observe: (statement, ...when) => {
      assertNamesInstance(statement);
      setup.observe?.(statement, ...when);
    },
    ...(setup.connections === undefined ? {} : { connections: setup.connections }),
  });
  await migrate(opened, setup.migrations, now());
  const database = fenced(opened, newestStep(setup.migrations));
  const tokenStatements: TokenStatements<DB> =
    setup.tokenStatements ??
    (() => {
      throw new Error("this test writes tokens: give it tokenStatements");
    });
  const store = await openEventStore<DB>({ database, parts: setup.parts, sealer, tokenStatements, now });
  const run = createRunner<Sources>({
    store,
    sources: setup.sources,
    locks: setup.locks ?? createStreamLocks(),
    newId: countingIds(),
    monotonicMs: () => performance.now(),
  });
  let open = true;
  const close = async () => {
    if (open) await database.close();
    open = false;
  };
  return { instanceId: testInstance, database, db: database.db, store, run, sealer, place, close };
};

/** A PostgreSQL database with these migrations, made once per test run: a copy of it costs less than the steps. */
const migratedTemplate = (migrations: readonly Migration[]): Promise<string> => {
  const steps = migrations.map(({ name, up }) => [name, up(migrationTypes("postgres"))]);
  const digest = hash("sha256", JSON.stringify(steps)).slice(0, 16);
  return postgresTemplate(`migrated_${digest}`, async (url) => {
    const database = await openDatabase({ url, connections: 1 });
    await migrate(database, migrations, 0);
    await database.close();
  });
};

/** Declares the same tests for SQLite and PostgreSQL; `open` gives each its own fresh, migrated store. */
export const describeOnBothDatabases = (name: string, define: (open: OpenStore, dialect: Dialect) => void): void => {
  describe.each(["sqlite", "postgres"] as const)(`${name} on %s`, (dialect) => {
    const cleanups: (() => Promise<void> | void)[] = [];
    afterAll(async () => {
      for (const clean of cleanups.reverse()) await clean();
    });

    const fresh = async (migrations: readonly Migration[]): Promise<Place> => {
      if (dialect === "postgres") {
        const created = await freshPostgres({ template: await migratedTemplate(migrations) });
        cleanups.push(() => created.drop());
        return { url: created.url };
      }
      const dataDir = mkdtempSync(join(tmpdir(), "munot-test-"));
      cleanups.push(() => rmSync(dataDir, { recursive: true, force: true }));
      return { dataDir };
    };

    define(async (setup) => {
      const opened = await openStoreAt(setup.place ?? (await fresh(setup.migrations)), setup);
      cleanups.push(opened.close);
      return opened;
    }, dialect);
  });
};
