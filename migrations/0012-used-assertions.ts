import type { Migration } from "../src/platform/db/migration.ts";

/** Signed assertions that may not be used a second time. */
export const usedAssertions: Migration = {
  name: "0012-used-assertions",
  up: (t) => [
    `create table used_assertions (
      instance_id ${t.text} not null,
      use_id ${t.text} not null,
      expires_at ${t.int} not null,
      primary key (instance_id, use_id)
    )`,
    "create index used_assertions_expiry on used_assertions (instance_id, expires_at)",
  ],
};
