import type { Migration } from "../src/platform/db/migration.ts";

/** Streams whose events have been removed whole: their row is the tombstone. */
export const tombstones: Migration = {
  name: "0010-tombstones",
  up: (t) => [`alter table streams add column purged ${t.bool} not null default 0`],
};
