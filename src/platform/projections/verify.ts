import type { Instant } from "../../kernel/time.ts";
import type { Database, Row, Run } from "../db/database.ts";
import { type Migration, migrate } from "../db/migration.ts";
import type { Sealer } from "../eventstore/sealing.ts";
import { opener, wholeLog } from "../eventstore/tail.ts";
import type { Part } from "./projection.ts";
import { replayer } from "./replay.ts";

/** A row of a read table that is not what the log says. */
export type Difference = {
  readonly table: string;
  readonly problem: "missing" | "unexpected";
  /** as stored (unexpected) or as it should be (missing); may hold personal values: not for logs */
  readonly row: Row;
};

export type VerifyDeps<DB> = {
  readonly database: Database<DB>;
  readonly parts: readonly Part<DB>[];
  readonly sealer: Sealer;
  readonly migrations: readonly Migration[];
  /** the read tables that projections write; credentials, jobs and keys are none */
  readonly tables: readonly string[];
  readonly now: () => Instant;
};

/**
 * Replays the log into empty tables beside the live ones and compares every row. Reads one moment of the database, so it
 * may run beside writers. Both sides of one table are held in memory while it is compared.
 */
export const verifyProjections = async <DB>(deps: VerifyDeps<DB>): Promise<readonly Difference[]> => {
  const { database, sealer } = deps;
  const scratch = await database.scratch();
  try {
    await migrate(scratch, deps.migrations, deps.now());
    const replay = replayer(deps.parts, scratch.compiler);
    return await database.snapshot(async (run) => {
      for await (const events of wholeLog(run, database.dialect, opener(deps.parts, sealer))) {
        await scratch.write(replay(events));
      }
      const differences: Difference[] = [];
      for (const table of deps.tables) differences.push(...(await compare(table, run, scratch.read)));
      return differences;
    });
  } finally {
    await scratch.close();
  }
};

const compare = async (table: string, live: Run, replayed: Run): Promise<readonly Difference[]> => {
  // Table names come from the program's own list.
  const all = { sql: `select * from ${table}`, parameters: [] };
  const rows = await replayed(all);
  const wanted = new Map(rows.map((row) => [textOf(row), row]));
  // Columns that a newer program has added are its own affair.
  const known = rows[0] === undefined ? null : Object.keys(rows[0]);
  const differences: Difference[] = [];
  for (const row of await live(all)) {
    const ours = known === null ? row : Object.fromEntries(known.map((column) => [column, row[column]]));
    if (!wanted.delete(textOf(ours))) differences.push({ table, problem: "unexpected", row });
  }
  for (const row of wanted.values()) differences.push({ table, problem: "missing", row });
  return differences;
};

const textOf = (row: Row): string =>
  JSON.stringify(
    Object.keys(row)
      .sort()
      .map((column) => {
        const value = row[column];
        return [column, value instanceof Uint8Array ? { bytes: Buffer.from(value).toString("hex") } : value];
      }),
  );
