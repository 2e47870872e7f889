import type { SQLInputValue } from "node:sqlite";
import type { Observe, Row, Statement } from "./database.ts";
import type { Direct } from "./direct.ts";
import { createLru } from "./lru.ts";
import { rowMaker } from "./row-maker.ts";
import type { SqliteConnection } from "./sqlite-connection.ts";

export type SqliteReads = {
  readonly direct: Direct;
  /** Lets readers see what has been committed, before anybody is told that it is; without statements: anything has changed. */
  readonly written: (statements?: readonly Statement[]) => void;
  /** ends the moment that the reads of this turn share */
  readonly endTurn: () => void;
};

/**
 * Prepared reads of the embedded database. All reads of one turn of the event loop see one moment, in one read transaction:
 * opening one costs SQLite as much as finding a row (3 µs each). A commit that is about to be acknowledged ends it, so a
 * read after a write sees the write.
 */
export const sqliteReads = (
  reader: SqliteConnection,
  sharesTurns: boolean,
  observe: Observe | undefined,
): SqliteReads => {
  const begin = sharesTurns ? reader.raw.prepare("begin") : null;
  const commit = sharesTurns ? reader.raw.prepare("commit") : null;
  const changes = tableChanges();
  let inTurn = false;

  const endTurn = (): void => {
    if (!inTurn) return;
    inTurn = false;
    commit?.run();
  };
  const beginTurn = (): void => {
    if (inTurn || begin === null) return;
    begin.run();
    inTurn = true;
    setImmediate(endTurn);
  };

  const direct: Direct = (sql, remember) => {
    const statement = reader.raw.prepare(sql);
    const rowOf = rowMaker(statement.columns().map(({ name }) => name));
    // Arrays, because objects from SQLite are slow to make and to read.
    statement.setReturnArrays(true);
    const run = (parameters: readonly unknown[]): readonly Row[] => {
      beginTurn();
      // Kysely types parameters as unknown; the driver refuses what SQLite cannot hold.
      const values = statement.all(...(parameters as readonly SQLInputValue[]));
      return (values as unknown as readonly (readonly unknown[])[]).map(rowOf);
    };
    const read: typeof run =
      observe === undefined
        ? run
        : (parameters) => {
            const fromMs = performance.now();
            try {
              return run(parameters);
            } finally {
              observe({ sql, parameters }, fromMs, performance.now());
            }
          };
    return remember === 0 ? read : remembering(read, changes.of(sql), remember);
  };

  return {
    direct,
    endTurn,
    written: (statements) => {
      endTurn();
      changes.note(statements);
    },
  };
};

const remembering = (
  read: (parameters: readonly unknown[]) => readonly Row[],
  changesSeen: () => number,
  remember: number,
): ((parameters: readonly unknown[]) => readonly Row[]) => {
  const kept = createLru<string, { readonly rows: readonly Row[]; readonly at: number }>(remember);
  return (parameters) => {
    const key = parameters.length === 1 ? String(parameters[0]) : JSON.stringify(parameters);
    const at = changesSeen();
    const known = kept.get(key);
    if (known?.at === at) return known.rows;
    const rows = read(parameters);
    kept.set(key, { rows, at });
    return rows;
  };
};

const readTables = /\b(?:from|join)\s+"?(\w+)"?/g;
const writtenTable = /^\s*(?:insert(?: or \w+)? into|update|delete from)\s+"?(\w+)"?/;
/** Texts of writing statements whose table is known; the product's are fewer. */
const textsMax = 1_000;

/** Counts what is written to each table. */
const tableChanges = () => {
  const counts = new Map<string, number>();
  const tableOf = createLru<string, string>(textsMax);
  let everywhere = 0;
  return {
    note: (statements?: readonly Statement[]): void => {
      for (const { sql } of statements ?? []) {
        const table = tableOf.get(sql) ?? writtenTable.exec(sql)?.[1];
        if (table === undefined) everywhere += 1;
        else {
          tableOf.set(sql, table);
          counts.set(table, (counts.get(table) ?? 0) + 1);
        }
      }
      if (statements === undefined) everywhere += 1;
    },
    /** A number that is another one after each write to a table that the statement reads. */
    of: (sql: string): (() => number) => {
      const tables = [...new Set([...sql.matchAll(readTables)].map((found) => found[1] ?? ""))];
      return () => tables.reduce((sum, table) => sum + (counts.get(table) ?? 0), everywhere);
    },
  };
};
