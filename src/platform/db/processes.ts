import { z } from "zod";
import type { Dialect, Row, Run, Statement } from "./database.ts";
import { placeholders } from "./placeholders.ts";

/** How complete a program's read tables are, by kind of stream; kinds that are not named stand at 0. */
export type Levels = { readonly [kind: string]: number };

/** What a process says of its program to the others. */
export type ProcessInfo = {
  readonly processId: string;
  /** for people: where it runs */
  readonly place: string;
  readonly version: string;
  /** the newest step of the schema that the program knows */
  readonly newestStep: number;
  readonly levels: Levels;
};

/** A process as its row tells. Times are the database's, in microseconds. */
export type SeenProcess = ProcessInfo & { readonly startedAt: number; readonly seenAt: number };

/** How often a process says that it lives, and after how long without a word it is taken for dead. */
export const beatMs = 3_000;
const silentMicros = 30_000_000;
/**
 * How long a process is remembered that has ended or fallen silent. Until then nothing is taken away that it needs: it may
 * be started again, or an upgrade be taken back.
 */
const rememberedMicros = 3_600_000_000;

/** Time of the database before the statement looks at any row, so that what committed earlier than it is seen. */
const clock = (dialect: Dialect): string =>
  dialect === "sqlite"
    ? "cast(unixepoch('subsec') * 1000000 as integer)"
    : "(extract(epoch from statement_timestamp()) * 1000000)::bigint";

const storedLevels = z.record(z.string(), z.int());

/** The statements about processes; they stand above instances, as the schema does. */
export const processStatements = (dialect: Dialect) => {
  const sql = (text: string) => placeholders(dialect, text);
  return {
    /** says that a process lives; a row that was swept meanwhile comes back */
    beat: (info: ProcessInfo, seenAt: number | null): Statement => {
      const seen = seenAt === null ? clock(dialect) : "?";
      return {
        sql: sql(
          `insert into processes (process_id, place, version, newest_step, levels, started_at, seen_at)
           values (?, ?, ?, ?, ?, ${seen}, ${seen}) on conflict (process_id) do update set seen_at = excluded.seen_at`,
        ),
        parameters: [
          ...[info.processId, info.place, info.version, info.newestStep, JSON.stringify(info.levels)],
          ...(seenAt === null ? [] : [seenAt, seenAt]),
        ],
      };
    },
    /** the process is silent from now on, and remembered */
    leave: (processId: string): Statement => ({
      sql: sql(`update processes set seen_at = ${clock(dialect)} - ${silentMicros} - 1 where process_id = ?`),
      parameters: [processId],
    }),
    sweep: { sql: `delete from processes where seen_at < ${clock(dialect)} - ${rememberedMicros}`, parameters: [] },
    clock: { sql: `select ${clock(dialect)} as now`, parameters: [] },
    /** with the time of asking in each row */
    all: {
      sql: `select process_id, place, version, newest_step, levels, started_at, seen_at, ${clock(dialect)} as now
            from processes order by started_at, process_id`,
      parameters: [],
    },
  };
};

const seen = (row: Row): SeenProcess => ({
  processId: String(row.process_id),
  place: String(row.place),
  version: String(row.version),
  newestStep: Number(row.newest_step),
  levels: storedLevels.parse(JSON.parse(String(row.levels))),
  startedAt: Number(row.started_at),
  seenAt: Number(row.seen_at),
});

/** All processes that are remembered, those among them that gave a sign of life lately, and the database's time. */
export const knownProcesses = async (
  run: Run,
  dialect: Dialect,
): Promise<{ readonly now: number; readonly known: readonly SeenProcess[]; readonly live: readonly SeenProcess[] }> => {
  const rows = await run(processStatements(dialect).all);
  const now = Number(rows[0]?.now ?? 0);
  const known = rows.map(seen);
  return { now, known, live: known.filter(({ seenAt }) => seenAt >= now - silentMicros) };
};

/** Whether `one` leaves some read table unfilled that `other` fills. */
export const isBehind = (one: Levels, other: Levels): boolean =>
  Object.entries(other).some(([kind, level]) => (one[kind] ?? 0) < level);
