import type { CompiledQuery, Kysely } from "kysely";

/**
 * A statement whose text is built once, at its first run: building takes several times as long as SQLite needs to run it.
 * `build` gets stand-ins for the values, which it may only compare with or store.
 */
export const prepare = <DB, Values extends object, Row>(
  db: Kysely<DB>,
  build: (values: Values) => { readonly compile: () => CompiledQuery<Row> },
): ((values: Values) => Promise<readonly Row[]>) => {
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
  let compiled: CompiledQuery<Row> | null = null;
  return async (values) => {
    // Kysely hands values through untouched, so the stand-ins come out where the values have to go in.
    compiled ??= build(standIns as Values).compile();
    const parameters = compiled.parameters.map((parameter) => {
      const name = nameOf.get(parameter);
      // Only names of `Values` have been asked for.
      return name === undefined ? parameter : values[name as keyof Values];
    });
    return (await db.executeQuery<Row>({ ...compiled, parameters })).rows;
  };
};
