import type { Row, Statement, UnitRows } from "./database.ts";
import type { Direct } from "./direct.ts";

type Waiting = {
  readonly statement: Statement;
  readonly resolve: (rows: readonly Row[]) => void;
  readonly reject: (error: unknown) => void;
};

/** Reads per round trip: they run one after the other, so those of one trip wait for each other. */
const tripMax = 32;

/**
 * Prepared reads of PostgreSQL. What the requests of one turn of the event loop ask for goes out together, in one round trip
 * on one connection: sending, waking and receiving cost more than finding a row by its key. Each statement still sees what was
 * committed before it ran (READ COMMITTED). One that fails takes nobody with it: then each runs alone.
 */
export const postgresReads = (deps: {
  readonly together: (statements: readonly Statement[]) => Promise<UnitRows>;
  readonly alone: (statement: Statement) => Promise<readonly Row[]>;
}): Direct => {
  let waiting: Waiting[] = [];

  const flush = (): void => {
    const all = waiting;
    waiting = [];
    for (let from = 0; from < all.length; from += tripMax) void trip(all.slice(from, from + tripMax));
  };
  const trip = async (some: readonly Waiting[]): Promise<void> => {
    try {
      const rows = await deps.together(some.map(({ statement }) => statement));
      some.forEach(({ resolve }, index) => {
        resolve(rows[index] ?? []);
      });
    } catch {
      for (const { statement, resolve, reject } of some) deps.alone(statement).then(resolve, reject);
    }
  };

  return (sql) => (parameters) =>
    new Promise((resolve, reject) => {
      // After this turn's I/O, so that what came together asks together.
      if (waiting.length === 0) setImmediate(flush);
      waiting.push({ statement: { sql, parameters }, resolve, reject });
    });
};
