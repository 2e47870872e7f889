import { DatabaseSync, type SQLInputValue, type StatementSync } from "node:sqlite";
import type { FailureReason, Observe, Row, Statement } from "./database.ts";
import { createLru } from "./lru.ts";

/** One SQLite connection with its prepared statements. */
export type SqliteConnection = {
  readonly raw: DatabaseSync;
  /** `observe` is told instead of the connection's own */
  readonly run: (statement: Statement, observe?: Observe) => readonly Row[];
  readonly exec: (sql: string) => void;
  readonly pragma: (name: string) => unknown;
  readonly close: () => void;
};

type Prepared = { readonly statement: StatementSync; readonly returnsRows: boolean };

/** How long a statement waits for a lock of another process. */
export const busyTimeoutMs = 5_000;

/** How many prepared statements a connection keeps; the product's hot statements are fewer. */
const preparedMax = 500;

/** Opens a file of SQLite; statements are prepared once per connection. */
export const openConnection = (
  path: string,
  options: { readonly readOnly?: boolean; readonly observe?: Observe | undefined } = {},
): SqliteConnection => {
  const raw = new DatabaseSync(path, { readOnly: options.readOnly ?? false, timeout: busyTimeoutMs });
  const prepared = createLru<string, Prepared>(preparedMax);

  const prepare = (sql: string): Prepared => {
    const known = prepared.get(sql);
    if (known !== undefined) return known;
    const statement = raw.prepare(sql);
    const made = { statement, returnsRows: statement.columns().length > 0 };
    prepared.set(sql, made);
    return made;
  };

  const run = (statement: Statement): readonly Row[] => {
    const { statement: ready, returnsRows } = prepare(statement.sql);
    // Kysely types parameters as unknown; the driver refuses what SQLite cannot hold.
    const values = statement.parameters as readonly SQLInputValue[];
    if (returnsRows) return ready.all(...values);
    ready.run(...values);
    return [];
  };

  return {
    raw,
    run: (statement, observe = options.observe) => {
      if (observe === undefined) return run(statement);
      const fromMs = performance.now();
      try {
        return run(statement);
      } finally {
        observe(statement, fromMs, performance.now());
      }
    },
    exec: (sql) => raw.exec(sql),
    pragma: (name) => Object.values(raw.prepare(`pragma ${name}`).get() ?? {})[0],
    close: () => raw.close(),
  };
};

/** Primary result codes and extended ones (sqlite.org/rescode.html) that mean something to us. */
const reasons: { readonly [code: number]: FailureReason } = {
  1299: "not_null", // SQLITE_CONSTRAINT_NOTNULL
  1555: "unique", // SQLITE_CONSTRAINT_PRIMARYKEY
  2067: "unique", // SQLITE_CONSTRAINT_UNIQUE
  13: "full", // SQLITE_FULL
};

/** What a failure of SQLite means to us. */
export const sqliteReason = (error: unknown): FailureReason => {
  const code = error instanceof Error && "errcode" in error ? Number(error.errcode) : 0;
  return reasons[code] ?? reasons[code & 0xff] ?? "other";
};
