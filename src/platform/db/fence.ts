import { Refusal } from "../../kernel/refusal.ts";
import { type Database, type Run, type Statement, StatementFailed } from "./database.ts";
import { placeholders } from "./placeholders.ts";

/** A database that a program writes to for as long as it is not too old for it. */
export type FencedDatabase<DB> = Database<DB> & {
  /** this program has been refused: it knows less than the schema asks of writers */
  readonly isOutdated: () => boolean;
};

/**
 * Puts before each unit of writing statements one that fails once a step of the schema has run that takes something away and
 * that this program does not know, however long ago the program was started. It inserts nothing else: on PostgreSQL an
 * insert holds the table against the lock under which the epoch is raised, and a statement that waited for a lock sees
 * what was committed meanwhile. So no unit of an old program is under way or begins when the step runs.
 *
 * One statement more and no round trip more. A command that counts on one stream, with and without in turns, nothing waiting
 * for a disk, on two shared cores beside other work (first quartiles): SQLite 289 and 280 µs, PostgreSQL 609 and 603 µs.
 */
export const fenced = <DB>(
  database: Database<DB>,
  newestStep: number,
  onOutdated: () => void = () => undefined,
): FencedDatabase<DB> => {
  const guard: Statement = {
    sql: placeholders(
      database.dialect,
      "insert into writer_epoch (singleton, epoch) select 1, null from writer_epoch where epoch > ?",
    ),
    parameters: [newestStep],
  };
  let outdated = false;

  const refused = (): Refusal => {
    if (!outdated) onOutdated();
    outdated = true;
    return new Refusal("process.outdated");
  };
  const isGuard = (error: unknown): error is StatementFailed =>
    error instanceof StatementFailed && error.index === 0 && error.reason === "not_null";

  return {
    ...database,
    isOutdated: () => outdated,
    write: async (unit) => {
      try {
        const [, ...rows] = await database.write([guard, ...unit]);
        return rows;
      } catch (error) {
        if (isGuard(error)) throw refused();
        if (error instanceof StatementFailed) {
          throw new StatementFailed(Math.max(0, error.index - 1), error.reason, error.cause);
        }
        throw error;
      }
    },
    exclusive: (work) =>
      database.exclusive(async (run: Run) => {
        const [row] = await run({ sql: "select epoch from writer_epoch where singleton = 1", parameters: [] });
        if (Number(row?.epoch ?? 0) > newestStep) throw refused();
        return work(run);
      }),
  };
};
