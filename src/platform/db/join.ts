import { setTimeout as sleep } from "node:timers/promises";
import type { Database, Run } from "./database.ts";
import { type FencedDatabase, fenced } from "./fence.ts";
import { contract, expand, type Migration, newestStep, raiseEpoch, schemaState } from "./migration.ts";
import { beatMs, isBehind, knownProcesses, type Levels, type ProcessInfo, processStatements } from "./processes.ts";

/** A program of another age runs on this database, beside which this one may not. */
export class BesideTooOld extends Error {
  override readonly name = "BesideTooOld";
}

export type JoinOptions = {
  readonly migrations: readonly Migration[];
  /** what the program's read tables hold, by kind of stream */
  readonly levels: Levels;
  readonly process: Pick<ProcessInfo, "processId" | "place" | "version">;
  readonly now: () => number;
  /** what else is to be looked after with each sign of life */
  readonly everyBeat?: () => Promise<unknown>;
  /** told of steps that were applied after the start, of being too old, and of failures on the way */
  readonly onContracted?: (steps: readonly string[]) => void;
  readonly onOutdated?: () => void;
  readonly onFailure?: (error: unknown) => void;
  /** 0: only when asked by `beat`, for tests */
  readonly beatMs?: number;
};

/** A process among those that share the database. */
export type Membership = {
  /** schema steps that the start applied */
  readonly applied: readonly string[];
  /** steps that take something away and wait until all that live, or are remembered, know them */
  readonly waiting: () => readonly string[];
  /** whether processes live that leave read tables unfilled which this program reads */
  readonly isMixed: () => boolean;
  /** says that this process lives, looks who else does, and contracts the schema where all are ready for it */
  readonly beat: () => Promise<void>;
  readonly leave: () => Promise<void>;
};

/**
 * Joins the processes on a database: expands the schema, makes this process known, and contracts what nobody needs any more.
 * The embedded database belongs to one process, which its lock file sees to: there nobody else is to be asked.
 */
export const joinDatabase = async <DB>(
  database: Database<DB>,
  options: JoinOptions,
): Promise<{ readonly database: FencedDatabase<DB>; readonly membership: Membership }> => {
  const { migrations, levels, now } = options;
  const { dialect } = database;
  const info: ProcessInfo = { ...options.process, newestStep: newestStep(migrations), levels };
  const statements = processStatements(dialect);
  const shared = dialect === "postgres";
  const fence = fenced(database, info.newestStep, options.onOutdated);

  const arrive = async (run: Run): Promise<void> => {
    await run(statements.sweep);
    const { live } = await knownProcesses(run, dialect);
    await demandOfOthers(run, dialect, migrations, live);
    for (const statement of behindIndexes(levels)) await run(statement);
    if (shared) await run(statements.beat(info, null));
  };
  const applied = [...(await expand(database, migrations, { at: now(), arrive }))];

  const everybodyKnows = async (run: Run, step: number): Promise<boolean> =>
    (await knownProcesses(run, dialect)).known.every((one) => one.newestStep >= step);
  const contractNow = (): Promise<readonly string[]> => contract(database, migrations, now(), everybodyKnows);

  let mixed = false;
  let waiting = await waitingContracts(database, migrations);
  const look = async (): Promise<number> => {
    const seen = await knownProcesses(database.read, dialect);
    mixed = seen.live.some((one) => isBehind(one.levels, levels));
    return seen.now;
  };
  const beat = async (): Promise<void> => {
    // Looked first and dated by that look: whoever joined before this date has been seen.
    const seenAt = await look();
    await fence.write([statements.beat(info, seenAt), statements.sweep]);
    if (waiting.length === 0) return;
    const steps = await contractNow();
    if (steps.length > 0) options.onContracted?.(steps);
    waiting = await waitingContracts(database, migrations);
  };

  applied.push(...(await contractNow()));
  waiting = await waitingContracts(database, migrations);
  if (shared) await look();
  if (shared) await untilSeen(database, info);

  const everyMs = shared ? (options.beatMs ?? beatMs) : 0;
  let beating: Promise<unknown> | null = null;
  const turn = (): void => {
    beating ??= beat()
      .then(() => options.everyBeat?.())
      .catch((error: unknown) => {
        if (!fence.isOutdated()) options.onFailure?.(error);
      })
      .finally(() => {
        beating = null;
      });
  };
  const timer = everyMs === 0 ? null : setInterval(turn, everyMs);
  timer?.unref();

  return {
    database: fence,
    membership: {
      applied,
      waiting: () => waiting,
      isMixed: () => mixed,
      beat,
      leave: async () => {
        if (timer !== null) clearInterval(timer);
        await beating;
        // A process that cannot say good-bye is swept in time.
        if (shared) await database.write([statements.leave(info.processId)]).catch(() => undefined);
      },
    },
  };
};

const waitingContracts = async <DB>(
  database: Pick<Database<DB>, "read">,
  migrations: readonly Migration[],
): Promise<readonly string[]> => (await schemaState(database, migrations)).waiting.map(({ name }) => name);

/**
 * A program that has stopped writing what a contracting step will take away must not run beside one that reads it. Those
 * that live keep it from starting; those that come later are refused by the epoch.
 */
const demandOfOthers = async (
  run: Run,
  dialect: Database<unknown>["dialect"],
  migrations: readonly Migration[],
  live: readonly ProcessInfo[],
): Promise<void> => {
  const needed = Math.max(0, ...migrations.map(({ beside }) => beside ?? 0));
  const tooOld = live.filter((one) => one.newestStep < needed);
  if (tooOld.length > 0) {
    const named = tooOld.map(({ place, version, newestStep: step }) => `${place} (Munot ${version}, step ${step})`);
    throw new BesideTooOld(
      `this Munot cannot run beside processes that know less than step ${needed} of the schema: ${named.join(", ")}. Bring these to the release between first, or stop them`,
    );
  }
  const [row] = await run({ sql: "select epoch from writer_epoch where singleton = 1", parameters: [] });
  if (Number(row?.epoch ?? 0) < needed) await raiseEpoch(run, dialect, needed);
};

/** What is behind is found by an index that holds nothing else: it costs nothing once all has been caught up with. */
const behindIndexes = (levels: Levels) =>
  Object.entries(levels)
    .filter(([, level]) => level > 0)
    .map(([kind, level]) => ({
      sql: `create index if not exists streams_behind_${kind.replaceAll(/[^a-z]/g, "_")}_${level}
            on streams (instance_id, id) where kind = '${kind}' and projected < ${level}`,
      parameters: [],
    }));

/**
 * An older program waits until the newer ones that live have seen it: from then on they look after the read tables that it
 * leaves unfilled.
 */
const untilSeen = async <DB>(database: Database<DB>, info: ProcessInfo): Promise<void> => {
  const { dialect, read } = database;
  const [row] = await read(processStatements(dialect).clock);
  const since = Number(row?.now);
  for (;;) {
    const { live } = await knownProcesses(read, dialect);
    const unaware = live.filter((one) => isBehind(info.levels, one.levels) && one.seenAt <= since);
    if (unaware.length === 0) return;
    await sleep(100);
  }
};
