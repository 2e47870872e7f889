import { setTimeout as sleep } from "node:timers/promises";
import { Kysely, SqliteDialect } from "kysely";
import { createCompiler } from "./compiler.ts";
import { databaseFile, lockDataDir } from "./data-dir.ts";
import type { Database, Observe, Run } from "./database.ts";
import { readDirectly } from "./direct.ts";
import { sqliteWriter } from "./sqlite-batch.ts";
import { busyTimeoutMs, openConnection, type SqliteConnection } from "./sqlite-connection.ts";
import { sqliteReads } from "./sqlite-reads.ts";

export type SqliteOptions = {
  readonly dataDir: string;
  /** reads beside a running server: takes no lock, cannot write */
  readonly readOnly?: boolean;
  readonly observe?: Observe;
};

/** Opens the embedded database in its folder: one connection that writes, one that reads. */
export const openSqlite = async <DB>(options: SqliteOptions): Promise<Database<DB>> => {
  const { dataDir, observe, readOnly = false } = options;
  const unlock = readOnly ? () => undefined : lockDataDir(dataDir);
  const path = databaseFile(dataDir);
  try {
    const writer = readOnly ? null : openConnection(path, { observe });
    if (writer !== null) makeDurable(writer);
    const reader = openConnection(path, { readOnly: true, observe });
    return sqliteDatabase<DB>({ path, writer, reader, unlock, observe });
  } catch (error) {
    unlock();
    throw error;
  }
};

/** A database that lives in memory and dies with its handle: scratch for replays. */
const openMemory = <DB>(): Database<DB> => {
  const only = openConnection(":memory:");
  return sqliteDatabase<DB>({ path: null, writer: only, reader: only, unlock: () => undefined, observe: undefined });
};

/** WAL with FULL: each commit is on the disk before it is acknowledged (sqlite.org/pragma.html#pragma_synchronous). */
const makeDurable = (writer: SqliteConnection): void => {
  writer.exec(
    "pragma journal_mode = wal; pragma synchronous = full; pragma foreign_keys = on; pragma secure_delete = on",
  );
  const wanted = { journal_mode: "wal", synchronous: 2, foreign_keys: 1, secure_delete: 1 } as const;
  for (const [name, value] of Object.entries(wanted)) {
    const found = writer.pragma(name);
    if (found !== value) throw new Error(`SQLite did not accept ${name} = ${value}: it is ${found}`);
  }
};

const sqliteDatabase = <DB>(parts: {
  /** null: in memory, where there is one connection for all */
  readonly path: string | null;
  readonly writer: SqliteConnection | null;
  readonly reader: SqliteConnection;
  readonly unlock: () => void;
  readonly observe: Observe | undefined;
}): Database<DB> => {
  const { path, writer, reader, unlock } = parts;
  const queue = writer === null ? null : sqliteWriter(writer, parts.observe);
  const forWriting = () => {
    if (writer === null || queue === null) throw new Error("this database was opened to read");
    return { writer, queue };
  };

  let awaited: Promise<void> | null = null;
  const checkpointSoon = async (): Promise<void> => {
    const { writer, queue } = forWriting();
    const truncate = async () => {
      awaited = null;
      reads.endTurn();
      return writer.pragma("journal_mode") !== "wal" || truncateWal(writer);
    };
    for (let attempt = 0; attempt < checkpointAttempts; attempt += 1) {
      if (await queue.alone(truncate)) return;
      await sleep(checkpointPauseMs);
    }
    throw new Error("the write-ahead log could not be truncated: somebody has been reading it for too long");
  };

  const reads = sqliteReads(reader, path !== null, parts.observe);
  const db = new Kysely<DB>({ dialect: new SqliteDialect({ database: kyselyDatabase(reader) }) });
  readDirectly(db, reads.direct);

  return {
    dialect: "sqlite",
    db,
    compiler: createCompiler<DB>("sqlite"),
    read: async (statement) => reader.run(statement),
    // Nobody is told of a commit, or of one whose outcome is unknown, before reads can see it.
    write: async (unit) =>
      forWriting()
        .queue.write(unit)
        .finally(() => reads.written(unit)),
    exclusive: async (work) => {
      const { writer, queue } = forWriting();
      return queue.alone(async () => {
        const run: Run = async (statement) => writer.run(statement);
        writer.exec("begin exclusive");
        try {
          const result = await work(run);
          writer.exec("commit");
          return result;
        } catch (error) {
          if (writer.raw.isTransaction) writer.exec("rollback");
          throw error;
        } finally {
          reads.written();
        }
      });
    },
    snapshot: async (work) => {
      if (path === null) return work(async (statement) => reader.run(statement));
      const beside = openConnection(path, { readOnly: true });
      try {
        beside.exec("begin");
        return await work(async (statement) => beside.run(statement));
      } finally {
        beside.close();
      }
    },
    scratch: async () => openMemory<DB>(),
    checkpoint: () => {
      // Those who ask while one is waiting for its turn share it; one that has begun may have missed their pages.
      awaited ??= checkpointSoon();
      return awaited;
    },
    close: async () => {
      await queue?.idle();
      reads.endTurn();
      if (reader !== writer) reader.close();
      writer?.close();
      unlock();
    },
  };
};

const checkpointAttempts = 50;
const checkpointPauseMs = 100;

/** Whether it was truncated; does not wait for readers, because waiting would hold the event loop. */
const truncateWal = (writer: SqliteConnection): boolean => {
  writer.exec("pragma busy_timeout = 0");
  try {
    return writer.pragma("wal_checkpoint(truncate)") === 0;
  } finally {
    writer.exec(`pragma busy_timeout = ${busyTimeoutMs}`);
  }
};

/** What Kysely's SQLite driver asks of a database, over our prepared statements. */
const kyselyDatabase = (reader: SqliteConnection) => ({
  prepare: (sql: string) => ({
    reader: true,
    all: (parameters: readonly unknown[]) => [...reader.run({ sql, parameters })],
    run: (parameters: readonly unknown[]) => {
      reader.run({ sql, parameters });
      return { changes: 0, lastInsertRowid: 0 };
    },
    iterate: (parameters: readonly unknown[]) =>
      reader.run({ sql, parameters })[Symbol.iterator]() as IterableIterator<unknown>,
  }),
  close: () => undefined,
});
