import type { Migration } from "../src/platform/db/migration.ts";

/** How complete a stream's rows in the read tables are: the level of the program that wrote it last. */
export const projectedLevels: Migration = {
  name: "0014-projected-levels",
  up: (t) => [`alter table streams add column projected ${t.int} not null default 0`],
};
