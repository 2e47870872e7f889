import { AsyncLocalStorage } from "node:async_hooks";
import { type Observe, type Row, type Statement, StatementFailed, type UnitRows } from "./database.ts";
import { type SqliteConnection, sqliteReason } from "./sqlite-connection.ts";

/**
 * Units per transaction: one sync serves them all, and the event loop is held a few milliseconds at most. Measured on two
 * shared cores, whole commands: 390 µs each one after the other, 262 µs each with 32 at once.
 */
const batchMax = 16;

/** What one caller wants stored; `observe` still knows that caller when others' units run beside it. */
export type Unit = { readonly statements: readonly Statement[]; readonly observe?: Observe };

type Waiting = {
  readonly unit: Unit;
  readonly resolve: (rows: UnitRows) => void;
  readonly reject: (error: unknown) => void;
};
type Outcome = { readonly rows: UnitRows } | { readonly error: unknown };

export type SqliteWriter = {
  readonly write: (unit: readonly Statement[]) => Promise<UnitRows>;
  /** runs `work` between batches, alone */
  readonly alone: <T>(work: () => Promise<T>) => Promise<T>;
  /** resolves when nothing is waiting */
  readonly idle: () => Promise<void>;
};

/** Gathers waiting units into one durable transaction, each behind its own savepoint. */
export const sqliteWriter = (connection: SqliteConnection, observe?: Observe): SqliteWriter => {
  const waiting: Waiting[] = [];
  let scheduled = false;
  let guard: Promise<unknown> = Promise.resolve();
  let guarded = 0;

  const flush = (): void => {
    scheduled = false;
    if (guarded > 0 || waiting.length === 0) return;
    const batch = waiting.splice(0, batchMax);
    const outcomes = runBatch(
      connection,
      batch.map((one) => one.unit),
    );
    batch.forEach((one, index) => {
      const outcome = outcomes[index];
      if (outcome !== undefined && "rows" in outcome) one.resolve(outcome.rows);
      else one.reject(outcome?.error);
    });
    schedule();
  };

  const schedule = (): void => {
    if (scheduled || guarded > 0 || waiting.length === 0) return;
    scheduled = true;
    // After this turn's I/O, so that what arrived together is stored together.
    setImmediate(flush);
  };

  const alone = <T>(work: () => Promise<T>): Promise<T> => {
    guarded += 1;
    const result = guard.then(work).finally(() => {
      guarded -= 1;
      schedule();
    });
    guard = result.catch(() => undefined);
    return result;
  };

  return {
    write: (statements) =>
      new Promise((resolve, reject) => {
        const unit = observe === undefined ? { statements } : { statements, observe: AsyncLocalStorage.bind(observe) };
        waiting.push({ unit, resolve, reject });
        schedule();
      }),
    alone,
    idle: async () => {
      while (waiting.length > 0 || guarded > 0) await new Promise((done) => setImmediate(done));
    },
  };
};

/**
 * Runs units in one transaction. A failed unit is rolled back to its savepoint; when its failure took the whole
 * transaction with it (a full disk does), the units before it run again without it. Outcomes are final: committed.
 */
export const runBatch = (connection: SqliteConnection, units: readonly Unit[]): readonly Outcome[] => {
  const failed = new Map<number, unknown>();
  for (;;) {
    const pass = tryPass(connection, units, failed);
    if (pass.is === "committed") {
      return units.map((_unit, index) => {
        const rows = pass.rows.get(index);
        return rows === undefined ? { error: failed.get(index) } : { rows };
      });
    }
    if (pass.is === "uncommitted") {
      if (pass.ran.length === 1) {
        for (const index of pass.ran) failed.set(index, pass.error);
        return units.map((_unit, index) => ({ error: failed.get(index) }));
      }
      return units.map((unit, index) =>
        failed.has(index)
          ? { error: failed.get(index) }
          : (runBatch(connection, [unit])[0] ?? { error: new Error("no outcome") }),
      );
    }
  }
};

type Pass =
  | { readonly is: "committed"; readonly rows: ReadonlyMap<number, UnitRows> }
  /** the transaction could not begin or commit: nothing of it is stored */
  | { readonly is: "uncommitted"; readonly ran: readonly number[]; readonly error: unknown }
  /** a failing unit ended the transaction; it is now in `failed` */
  | { readonly is: "torn" };

const tryPass = (connection: SqliteConnection, units: readonly Unit[], failed: Map<number, unknown>): Pass => {
  const open = units.flatMap((_unit, index) => (failed.has(index) ? [] : [index]));
  const rows = new Map<number, UnitRows>();
  try {
    connection.exec("begin immediate");
    for (const index of open) {
      const outcome = tryUnit(connection, units[index] ?? { statements: [] });
      if ("rows" in outcome) {
        rows.set(index, outcome.rows);
        continue;
      }
      failed.set(index, outcome.error);
      if (!connection.raw.isTransaction) return { is: "torn" };
    }
    connection.exec("commit");
    return { is: "committed", rows };
  } catch (error) {
    if (connection.raw.isTransaction) connection.exec("rollback");
    const cause = new StatementFailed(units[open[0] ?? 0]?.statements.length ?? 0, sqliteReason(error), error);
    return { is: "uncommitted", ran: open.filter((index) => !failed.has(index)), error: cause };
  }
};

const tryUnit = (connection: SqliteConnection, { statements, observe }: Unit): Outcome => {
  connection.exec("savepoint unit");
  const rows: (readonly Row[])[] = [];
  try {
    for (const statement of statements) rows.push(connection.run(statement, observe));
    connection.exec("release unit");
    return { rows };
  } catch (error) {
    if (connection.raw.isTransaction) connection.exec("rollback to unit; release unit");
    return { error: new StatementFailed(rows.length, sqliteReason(error), error) };
  }
};
