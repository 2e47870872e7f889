import type { Database } from "../db/database.ts";

/**
 * The epoch of the log on PostgreSQL (null on SQLite). Transaction ids order the log, and a dump restored into a new
 * cluster starts them anew: then the epoch rises, so that what is written from now on comes after all that is there.
 */
export const openEpoch = async <DB>(database: Database<DB>): Promise<number | null> => {
  if (database.dialect === "sqlite") return null;
  return database.exclusive(async (run) => {
    const rows = await run({
      sql: `select o.epoch,
              exists (select 1 from events e where e.epoch = o.epoch and e.xid >= pg_current_xact_id()) as behind
            from log_epoch o where o.singleton = 1`,
      parameters: [],
    });
    const epoch = Number(rows[0]?.epoch);
    if (!rows[0]?.behind) return epoch;
    await run({ sql: "update log_epoch set epoch = $1 where singleton = 1", parameters: [epoch + 1] });
    return epoch + 1;
  });
};
