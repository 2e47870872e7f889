import type { Kysely } from "kysely";

export type Dialect = "sqlite" | "postgres";

/** Compiled SQL: what `Compilable.compile()` gives is one. */
export type Statement = { readonly sql: string; readonly parameters: readonly unknown[] };

/** A row as the driver gives it: text, safe integers, bytes or null. */
export type Row = { readonly [column: string]: unknown };

/** Rows of each statement of a unit, in order (empty where it returns none). */
export type UnitRows = readonly (readonly Row[])[];

/** Runs one statement and gives its rows. */
export type Run = (statement: Statement) => Promise<readonly Row[]>;

/** One database, SQLite or PostgreSQL, behind the few operations that the event log needs. */
export type Database<DB> = {
  readonly dialect: Dialect;
  /** for reads; on SQLite it cannot write */
  readonly db: Kysely<DB>;
  /** compiles statements of this dialect and cannot run them */
  readonly compiler: Kysely<DB>;
  /** one statement outside any transaction, prepared once per connection */
  readonly read: Run;
  /**
   * One transaction, whole or not at all; when it resolves it is durable. Rejects with {@link StatementFailed} when a
   * statement was refused, and with the driver's own error when the outcome is unknown (connection lost while committing).
   */
  readonly write: (unit: readonly Statement[]) => Promise<UnitRows>;
  /** One transaction that shuts out every other writer of this kind: migrations, rebuilds. */
  readonly exclusive: <T>(work: (run: Run) => Promise<T>) => Promise<T>;
  /** Reads that all see the same moment, beside writers. */
  readonly snapshot: <T>(work: (run: Run) => Promise<T>) => Promise<T>;
  /** An empty database of the same kind that is gone when it is closed. */
  readonly scratch: () => Promise<Database<DB>>;
  /** Carries all that was erased out of the write-ahead log into the main file (SQLite); nothing to do on PostgreSQL. */
  readonly checkpoint: () => Promise<void>;
  readonly close: () => Promise<void>;
};

/** Called with each statement that has run, from and to these readings of `performance.now()`: for counting and measuring. */
export type Observe = (statement: Statement, fromMs: number, toMs: number) => void;

/** What a database refuses a statement for, as far as we tell reasons apart. */
export type FailureReason = "unique" | "not_null" | "aborted" | "full" | "other";

/** A statement of a unit failed: nothing of the unit was stored. */
export class StatementFailed extends Error {
  override readonly name = "StatementFailed";
  /** place of the failed statement in its unit; the unit's length when the commit itself failed */
  readonly index: number;
  readonly reason: FailureReason;

  constructor(index: number, reason: FailureReason, cause: unknown) {
    super(cause instanceof Error ? cause.message : String(cause), { cause });
    this.index = index;
    this.reason = reason;
  }
}
