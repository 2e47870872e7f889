import type { InstanceId } from "../../kernel/ids.ts";
import type { Json } from "../../kernel/json.ts";
import { type Instant, instant, microsPerSecond } from "../../kernel/time.ts";
import type { Database, Row } from "../db/database.ts";
import { placeholders } from "../db/placeholders.ts";
import { jobAad } from "../eventstore/build-unit.ts";
import type { Sealer } from "../eventstore/sealing.ts";

/** Work from the outbox. `key` is the same at every repetition: receivers know by it what they have already had. */
export type Job = {
  readonly instanceId: InstanceId;
  readonly kind: string;
  readonly key: string;
  readonly payload: Json;
  /** 1 for the first attempt */
  readonly attempt: number;
};

/** Does the work of each kind of job; must bear being asked twice. */
export type JobHandlers = { readonly [kind: string]: (job: Job) => Promise<void> };

export type JobWorkerDeps<DB> = {
  readonly database: Database<DB>;
  readonly sealer: Sealer;
  readonly handlers: JobHandlers;
  readonly now: () => Instant;
  /** told of every failed attempt, by kind and key only */
  readonly onFailure?: (failed: { readonly kind: string; readonly key: string; readonly error: unknown }) => void;
  readonly pollMs?: number;
};

export type JobWorker = {
  /** Works through what is due now; resolves with how many jobs were tried. */
  readonly runDue: () => Promise<number>;
  /** Something was appended: look now instead of at the next poll. */
  readonly nudge: () => void;
  /** Stops taking jobs and waits for those that run. */
  readonly stop: () => Promise<void>;
};

const takenAtOnce = 10;
/** For work of other processes and for retries; what this process appends is announced by `nudge`. */
const pollMs = 5_000;
/** A job whose worker died is taken again after this long. */
const leaseSeconds = 120;
const backOffMaxSeconds = 3_600;

/** Seconds until the next attempt: 2, 4, 8 … up to an hour. */
const backOffSeconds = (attempt: number): number => Math.min(2 ** Math.min(attempt, 12), backOffMaxSeconds);

/** Starts a worker over the outbox: at least once, with back-off, until a job expires. */
export const startJobWorker = <DB>(deps: JobWorkerDeps<DB>): JobWorker => {
  const { database, sealer, handlers, now } = deps;
  const sql = jobStatements(database.dialect, Object.keys(handlers).length);
  let stopping = false;
  let running: Promise<unknown> = Promise.resolve();

  const take = async (): Promise<readonly Row[]> => {
    const at = now();
    const lease = at + leaseSeconds * microsPerSecond;
    const [, rows] = await database.write([
      { sql: sql.dropExpired, parameters: [at] },
      { sql: sql.take, parameters: [lease, at, ...Object.keys(handlers), takenAtOnce] },
    ]);
    return rows ?? [];
  };

  const attempt = async (row: Row): Promise<void> => {
    const mine = [row.instance_id, row.job_key, row.attempts];
    const kind = String(row.kind);
    const key = String(row.job_key);
    try {
      const handle = handlers[kind];
      if (handle === undefined) throw new Error(`no handler for jobs of kind ${kind}`);
      await handle(opened(row));
      await database.write([{ sql: sql.done, parameters: mine }]);
    } catch (error) {
      deps.onFailure?.({ kind, key, error });
      const next = instant(now() + backOffSeconds(Number(row.attempts)) * microsPerSecond);
      // The error's name only: its text may hold an address.
      const name = error instanceof Error ? error.name : "unknown";
      await database.write([{ sql: sql.again, parameters: [next, name, ...mine] }]);
    }
  };

  const opened = (row: Row): Job => {
    const { instance_id: instanceId, job_key: key, kind, payload, attempts } = row;
    if (typeof key !== "string" || !(payload instanceof Uint8Array))
      throw new Error("a job is stored in an unknown form");
    // Stored from an InstanceId.
    const instance = instanceId as InstanceId;
    const text = Buffer.from(sealer.openForInstance(instance, payload, jobAad(key))).toString();
    return { instanceId: instance, kind: String(kind), key, payload: JSON.parse(text), attempt: Number(attempts) };
  };

  const runDue = async (): Promise<number> => {
    let tried = 0;
    while (!stopping) {
      const rows = await take();
      await Promise.all(rows.map(attempt));
      tried += rows.length;
      if (rows.length < takenAtOnce) break;
    }
    return tried;
  };

  let waiting = false;
  const turn = () => {
    // One turn after the one that runs is enough: it sees all that is due by then.
    if (waiting) return;
    waiting = true;
    running = running
      .then(() => {
        waiting = false;
        return runDue();
      })
      .catch((error: unknown) => deps.onFailure?.({ kind: "worker", key: "", error }));
  };
  const timer = deps.pollMs === 0 ? null : setInterval(turn, deps.pollMs ?? pollMs);
  timer?.unref();

  return {
    runDue,
    nudge: turn,
    stop: async () => {
      stopping = true;
      if (timer !== null) clearInterval(timer);
      await running;
    },
  };
};

/** Jobs of all instances: the one kind of statement that asks for none, because the worker serves all. */
const jobStatements = (dialect: Database<unknown>["dialect"], kinds: number) => {
  const sql = (text: string) => placeholders(dialect, text);
  // What a newer program's events ask for waits for a process that can do it.
  const known = kinds === 0 ? "null" : Array.from({ length: kinds }, () => "?").join(", ");
  const skip = dialect === "sqlite" ? "" : "for update skip locked";
  return {
    dropExpired: sql("delete from jobs where expires_at is not null and expires_at <= ?"),
    take: sql(
      `update jobs set run_at = ?, attempts = attempts + 1 where (instance_id, job_key) in (
         select instance_id, job_key from jobs where run_at <= ? and kind in (${known})
         order by run_at limit ? ${skip})
       returning instance_id, job_key, kind, payload, attempts`,
    ),
    done: sql("delete from jobs where instance_id = ? and job_key = ? and attempts = ?"),
    again: sql("update jobs set run_at = ?, last_error = ? where instance_id = ? and job_key = ? and attempts = ?"),
  };
};
