import type { Database } from "../db/database.ts";

/**
 * Committed events that no reader of the log may pass yet, because a transaction that began before them still runs. It
 * stays near zero; a transaction that somebody forgot makes it grow.
 */
export const countUnsettled = async (database: Pick<Database<unknown>, "read" | "dialect">): Promise<number> => {
  // The one writer of the embedded database gives out positions in the order of commits.
  if (database.dialect === "sqlite") return 0;
  const [row] = await database.read({
    sql: `select count(*) as events from events
          where epoch = (select epoch from log_epoch where singleton = 1)
            and xid >= pg_snapshot_xmin(pg_current_snapshot())`,
    parameters: [],
  });
  return Number(row?.events ?? 0);
};
