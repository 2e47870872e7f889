import type { Connection, Submittable } from "pg";
import { type FailureReason, type Row, type Statement, StatementFailed, type UnitRows } from "./database.ts";
import { rowMaker } from "./row-maker.ts";

// What the frontend sends (PostgreSQL manual, "Extended Query"), as pg's connection writes it; its own types are older.
type Wire = {
  readonly stream: { readonly cork: () => void; readonly uncork: () => void };
  readonly close: (of: { type: "S"; name: string }) => void;
  readonly parse: (of: { name: string; text: string }) => void;
  readonly bind: (of: { statement: string; values: readonly (string | Buffer | null)[] }) => void;
  readonly describe: (of: { type: "P"; name: string }) => void;
  readonly execute: (of: { portal: string }) => void;
  readonly sync: () => void;
};

type Field = { readonly name: string; readonly dataTypeID: number };
type Decode = (oid: number) => (text: string) => unknown;

/** The rows of a statement: what their texts mean, and how they are put together. */
type Shape = {
  readonly decoders: readonly ((text: string) => unknown)[];
  readonly rowOf: (values: readonly unknown[]) => Row;
};

/** A statement as a connection knows it; `name` is "" for one that is parsed each time. */
type Prepared = {
  readonly name: string;
  readonly returnsRows: boolean;
  /** once the server has described it; a statement whose columns change in type is refused by the server (0A000) */
  shape: Shape | null;
};

/** The statements that a connection has prepared, by their text. */
const preparedOf = new WeakMap<Wire, Map<string, Prepared>>();

/** How many statements are kept prepared per connection; further ones are parsed each time. */
const preparedMax = 300;

/**
 * All statements of a unit in one round trip: Parse, Bind, Execute for each and a single Sync, so that PostgreSQL runs
 * them as one implicit transaction (manual, "Pipelining"): one failure rolls all back, and ReadyForQuery without an error
 * says that it was committed. Measured against BEGIN … COMMIT statement by statement: about half the time.
 */
export const pipeline = (
  unit: readonly Statement[],
  decode: Decode,
): Submittable & {
  readonly done: Promise<UnitRows>;
  /** when each statement had run or failed, as readings of `performance.now()` */
  readonly endedMs: readonly number[];
} => {
  const { promise, resolve, reject } = Promise.withResolvers<UnitRows>();
  const rows: Row[][] = [[]];
  const endedMs: number[] = [];
  let completed = 0;
  let known: Map<string, Prepared> | undefined;
  let sent: readonly Prepared[] = [];
  // Encoded before anything is sent: a value that cannot be carried must not leave half a message on the wire.
  const messages = unit.map(({ sql, parameters }) => ({ sql, values: parameters.map(encode) }));

  const handlers = {
    submit: (connection: Connection) => {
      // pg's Connection has all of `Wire`; its published types lag behind.
      const wire = connection as unknown as Wire;
      known = preparedOf.get(wire) ?? new Map<string, Prepared>();
      preparedOf.set(wire, known);
      sent = send(wire, known, messages);
      return null;
    },
    handleRowDescription: ({ fields }: { fields: readonly Field[] }) => {
      const prepared = sent[completed];
      if (prepared === undefined) return;
      prepared.shape = {
        decoders: fields.map(({ dataTypeID }) => decode(dataTypeID)),
        rowOf: rowMaker(fields.map(({ name }) => name)),
      };
    },
    handleDataRow: ({ fields: texts }: { fields: readonly (string | null)[] }) => {
      const shape = sent[completed]?.shape;
      if (!shape) throw new Error("PostgreSQL sent a row of a shape that it has not described");
      const { decoders, rowOf } = shape;
      rows[completed]?.push(rowOf(texts.map((text, index) => (text === null ? null : decoders[index]?.(text)))));
    },
    handleCommandComplete: () => {
      completed += 1;
      rows[completed] = [];
      endedMs.push(performance.now());
    },
    handleEmptyQuery: () => handlers.handleCommandComplete(),
    handleError: (error: Error) => {
      // From the failing statement on it is unknown what was prepared: prepare again.
      for (const { sql } of messages.slice(completed)) known?.delete(sql);
      endedMs.push(performance.now());
      reject(refusedStatement(error) ? new StatementFailed(completed, postgresReason(error), error) : error);
    },
    handleReadyForQuery: () => resolve(rows.slice(0, unit.length)),
    done: promise,
    endedMs,
  };
  return handlers;
};

type Message = { readonly sql: string; readonly values: readonly (string | Buffer | null)[] };

const send = (wire: Wire, known: Map<string, Prepared>, messages: readonly Message[]): readonly Prepared[] => {
  const sent: Prepared[] = [];
  wire.stream.cork();
  try {
    for (const { sql, values } of messages) {
      const prepared = prepare(wire, known, sql);
      sent.push(prepared);
      wire.bind({ statement: prepared.name, values });
      if (prepared.returnsRows && prepared.shape === null) wire.describe({ type: "P", name: "" });
      wire.execute({ portal: "" });
    }
    wire.sync();
  } finally {
    wire.stream.uncork();
  }
  return sent;
};

const prepare = (wire: Wire, known: Map<string, Prepared>, sql: string): Prepared => {
  const prepared = known.get(sql);
  if (prepared !== undefined) return prepared;
  const returnsRows = /\breturning\b|^\s*select\b/i.test(sql);
  if (known.size >= preparedMax) {
    wire.parse({ name: "", text: sql });
    return { name: "", returnsRows, shape: null };
  }
  let name = `m${known.size}`;
  const taken = new Set([...known.values()].map((one) => one.name));
  for (let next = known.size; taken.has(name); next += 1) name = `m${next}`;
  // A failed unit may have left the name prepared or not: closing a name that does not exist is no error.
  wire.close({ type: "S", name });
  wire.parse({ name, text: sql });
  const made = { name, returnsRows, shape: null };
  known.set(sql, made);
  return made;
};

const encode = (value: unknown): string | Buffer | null => {
  if (value === null || value === undefined) return null;
  if (typeof value === "string") return value;
  if (value instanceof Uint8Array) return Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  if (typeof value === "number" || typeof value === "bigint" || typeof value === "boolean") return String(value);
  throw new TypeError(`a statement cannot carry ${typeof value}`);
};

/**
 * Whether the server refused a statement and rolled the unit back. Without an answer, or with one that ends the session
 * (classes 08 and 57P, as when the server shuts down), the unit may have been committed: nobody may take it for refused.
 */
const refusedStatement = (error: Error): boolean =>
  "severity" in error && "code" in error && !/^(08|57P)/.test(String(error.code));

/** SQLSTATE codes (manual, appendix A). */
const reasons: { readonly [code: string]: FailureReason } = {
  "23505": "unique",
  "23502": "not_null",
  "40001": "aborted",
  "40P01": "aborted",
  "53100": "full",
};

const postgresReason = (error: unknown): FailureReason =>
  (error instanceof Error && "code" in error ? reasons[String(error.code)] : undefined) ?? "other";
