import type { Statement } from "../db/database.ts";

/** An HTTP request that was answered; `route` is a pattern, never what the caller wrote. */
export type Answered = {
  readonly method: string;
  readonly route: string;
  readonly status: number;
  readonly seconds: number;
};

/** What is timed: each has a bounded set of names. */
export type Measured = "command" | "append" | "job" | "rpc";

/** Is told what happens in the process. Names and outcomes only: never a value that belongs to a person. */
export type Observer = {
  readonly answered: (request: Answered) => void;
  readonly statement: (statement: Statement) => void;
  /** Runs the work and notes how long it took and how it ended. */
  readonly measure: <T>(what: Measured, name: string, work: () => Promise<T>) => Promise<T>;
};

/** Nobody looks. */
export const noObserver: Observer = {
  answered: () => undefined,
  statement: () => undefined,
  measure: (_what, _name, work) => work(),
};
