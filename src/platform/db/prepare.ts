import type { CompiledQuery, Kysely } from "kysely";
import { type DirectRead, directOf } from "./direct.ts";

/**
 * A statement whose text is built once, at its first run: building takes several times as long as SQLite needs to run it.
 * `build` gets stand-ins for the values, which it may only compare with or store. Rows are shared with other readers:
 * they must not be changed.
 */
export const prepare = <DB, Values extends object, Row>(
  db: Kysely<DB>,
  build: (values: Values) => { readonly compile: () => CompiledQuery<Row> },
): ((values: Values) => Promise<readonly Row[]>) => prepareKept(db, 0, build);

/**
 * The same for what is read at each request and rarely changes: as many answers are kept as long as nobody writes to a
 * table that the statement reads. Only the embedded database keeps them, where every write passes through this process.
 */
export const prepareKept = <DB, Values extends object, Row>(
  db: Kysely<DB>,
  remember: number,
  build: (values: Values) => { readonly compile: () => CompiledQuery<Row> },
): ((values: Values) => Promise<readonly Row[]>) => {
  let ready: Ready<Values, Row> | null = null;
  return async (values) => {
    ready ??= makeReady(db, remember, build);
    return ready(values);
  };
};

type Ready<Values, Row> = (values: Values) => readonly Row[] | Promise<readonly Row[]>;

const makeReady = <DB, Values extends object, Row>(
  db: Kysely<DB>,
  remember: number,
  build: (values: Values) => { readonly compile: () => CompiledQuery<Row> },
): Ready<Values, Row> => {
  const nameOf = new Map<unknown, string | symbol>();
  const standIns = new Proxy(
    {},
    {
      get: (_, name) => {
        const standIn = Object.freeze({});
        nameOf.set(standIn, name);
        return standIn;
      },
    },
  );
  // Kysely hands values through untouched, so the stand-ins come out where the values have to go in.
  const compiled = build(standIns as Values).compile();
  const sources = compiled.parameters.map((parameter) => ({ parameter, name: nameOf.get(parameter) }));
  const parametersOf = (values: Values): unknown[] =>
    // Only names of `Values` have been asked for.
    sources.map(({ parameter, name }) => (name === undefined ? parameter : values[name as keyof Values]));

  const direct: DirectRead | undefined = directOf(db)?.(compiled.sql, remember);
  if (direct === undefined) {
    return async (values) => (await db.executeQuery<Row>({ ...compiled, parameters: parametersOf(values) })).rows;
  }
  // The statement gives the rows that Kysely typed.
  return (values) => direct(parametersOf(values)) as readonly Row[] | Promise<readonly Row[]>;
};
