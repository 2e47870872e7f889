import type { Database } from "../db/database.ts";
import { placeholders } from "../db/placeholders.ts";
import type { Sealer } from "../eventstore/sealing.ts";
import { opener, wholeLog } from "../eventstore/tail.ts";
import { levelOf, type Part } from "./projection.ts";
import { replayer } from "./replay.ts";

/**
 * Fills the read tables anew from the log, in one transaction: readers see the old rows until the new ones are complete;
 * writers wait (docs/adr/0006-projections-are-rebuilt-in-one-transaction.md). Returns how many events were replayed.
 */
export const rebuildProjections = <DB>(deps: {
  readonly database: Database<DB>;
  readonly parts: readonly Part<DB>[];
  readonly sealer: Sealer;
  readonly tables: readonly string[];
}): Promise<number> => {
  const { database, parts, sealer, tables } = deps;
  return database.exclusive(async (run) => {
    // Every append begins with a stream row: whoever holds this table holds all writers.
    if (database.dialect === "postgres") {
      await run({ sql: "lock table streams in share row exclusive mode", parameters: [] });
    }
    // Table names come from the program's own list.
    for (const table of tables) await run({ sql: `delete from ${table}`, parameters: [] });
    const replay = replayer(parts, database.compiler);
    let count = 0;
    for await (const events of wholeLog(run, database.dialect, opener(parts, sealer))) {
      for (const statement of replay(events)) await run(statement);
      count += events.length;
    }
    const mark = placeholders(database.dialect, "update streams set projected = ? where kind = ?");
    for (const part of parts) await run({ sql: mark, parameters: [levelOf(part), part.stream.kind] });
    return count;
  });
};
