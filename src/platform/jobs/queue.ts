import type { Database } from "../db/database.ts";

/** How many jobs of all instances wait or run. */
export const countJobs = async (database: Pick<Database<unknown>, "read">): Promise<number> => {
  const [row] = await database.read({ sql: "select count(*) as jobs from jobs", parameters: [] });
  return Number(row?.jobs ?? 0);
};
