import { type QueryExecutorProvider, sql } from "kysely";
import type { InstanceId } from "../../kernel/ids.ts";
import { addSeconds, type Instant, microsPerSecond } from "../../kernel/time.ts";
import type { Database } from "../db/database.ts";

/** Notes a poll; gives whether it came too soon after the last one. Each that did makes the pause longer. */
export type NotePoll = (
  instanceId: InstanceId,
  poll: { readonly id: string; readonly now: Instant; readonly intervalSeconds: number; readonly until: Instant },
) => Promise<{ readonly tooSoon: boolean }>;

/** Notes an attempt; gives how many there were in this window, with this one. */
export type NoteAttempt = (
  instanceId: InstanceId,
  attempt: { readonly of: string; readonly now: Instant; readonly windowSeconds: number },
) => Promise<number>;

type PaceDatabase = Pick<Database<never>, "write"> & { readonly compiler: QueryExecutorProvider };

/** RFC 8628 §3.5 `slow_down`: the pause grows by as much for this and all later requests. */
const slowerBySeconds = 5;
/** A client that is a little early by its own clock or by the network is not told off. */
const toleratedMicros = microsPerSecond / 2;

/**
 * The table `paces`: how often something was done lately, by whichever process was asked. No domain fact, so not in the
 * log. Rows are forgotten when they have expired.
 */
export const paces = (database: PaceDatabase) => ({
  notePoll: (async (instanceId, { id, now, intervalSeconds, until }) => {
    const statement = sql`
      insert into paces (instance_id, pace_id, count, seconds, at, expires_at)
      values (${instanceId}, ${`poll:${id}`}, 0, ${intervalSeconds}, ${now}, ${until})
      on conflict (instance_id, pace_id) do update set
        count = case when excluded.at < paces.at + paces.seconds * ${microsPerSecond} - ${toleratedMicros}
          then 1 else 0 end,
        seconds = case when excluded.at < paces.at + paces.seconds * ${microsPerSecond} - ${toleratedMicros}
          then paces.seconds + ${slowerBySeconds} else paces.seconds end,
        at = excluded.at
      returning count`;
    const [rows] = await database.write([statement.compile(database.compiler)]);
    return { tooSoon: Number(rows?.[0]?.["count"] ?? 0) > 0 };
  }) satisfies NotePoll,

  noteAttempt: (async (instanceId, { of, now, windowSeconds }) => {
    const statement = sql`
      insert into paces (instance_id, pace_id, count, seconds, at, expires_at)
      values (${instanceId}, ${`attempt:${of}`}, 1, ${windowSeconds}, ${now}, ${addSeconds(now, windowSeconds)})
      on conflict (instance_id, pace_id) do update set
        count = case when paces.expires_at <= excluded.at then 1 else paces.count + 1 end,
        expires_at = case when paces.expires_at <= excluded.at then excluded.expires_at else paces.expires_at end,
        at = excluded.at
      returning count`;
    const [rows] = await database.write([statement.compile(database.compiler)]);
    return Number(rows?.[0]?.["count"] ?? 0);
  }) satisfies NoteAttempt,

  forget: async (instanceId: InstanceId, before: Instant): Promise<void> => {
    const statement = sql`delete from paces where instance_id = ${instanceId} and expires_at < ${before}`;
    await database.write([statement.compile(database.compiler)]);
  },
});
