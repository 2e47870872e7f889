import type { Statement } from "../db/database.ts";
import type { HttpRequest, HttpResponse } from "../http/server.ts";

/** An HTTP request that was answered; `route` is a pattern, never what the caller wrote. */
export type Answered = {
  readonly method: string;
  readonly route: string;
  readonly status: number;
  readonly seconds: number;
};

/** What is timed: each has a bounded set of names. */
export type Measured = "command" | "append" | "job" | "rpc" | "call";

/** Is told what happens in the process. Names and outcomes only: never a value that belongs to a person. */
export type Observer = {
  /** Runs what answers a request; all that it causes belongs to it. */
  readonly serve: (req: HttpRequest, res: HttpResponse, work: () => void) => void;
  /** Goes on with a request after an event of its socket, which does not know what it belongs to. */
  readonly resume: (req: object, work: () => void) => void;
  readonly answered: (request: Answered, req: object) => void;
  /** A statement has run, from and to these readings of `performance.now()`. */
  readonly statement: (statement: Statement, fromMs: number, toMs: number) => void;
  /** Runs the work and notes how long it took and how it ended; `of` is for those who look at single cases. */
  readonly measure: <T>(what: Measured, name: string, work: () => Promise<T>, of?: Details) => Promise<T>;
};

/** Attributes by their names in OpenTelemetry's semantic conventions. */
export type Details = { readonly [attribute: string]: string | number };

/** Nobody looks. */
export const noObserver: Observer = {
  serve: (_req, _res, work) => work(),
  resume: (_req, work) => work(),
  answered: () => undefined,
  statement: () => undefined,
  measure: (_what, _name, work) => work(),
};

/** Both look. */
export const bothObserve = (a: Observer, b: Observer): Observer => {
  if (a === noObserver) return b;
  if (b === noObserver) return a;
  return {
    serve: (req, res, work) => a.serve(req, res, () => b.serve(req, res, work)),
    resume: (req, work) => a.resume(req, () => b.resume(req, work)),
    answered: (request, req) => {
      a.answered(request, req);
      b.answered(request, req);
    },
    statement: (statement, fromMs, toMs) => {
      a.statement(statement, fromMs, toMs);
      b.statement(statement, fromMs, toMs);
    },
    measure: (what, name, work, of) => a.measure(what, name, () => b.measure(what, name, work, of), of),
  };
};
