import type { Migration } from "../src/platform/db/migration.ts";

/** The mark of the master key, and the instances' keys that it wraps. */
export const keys: Migration = {
  name: "0005-keys",
  up: (t) => [
    `create table master_key (
      only_row ${t.int} not null primary key check (only_row = 1),
      key_id ${t.text} not null,
      check_value ${t.text} not null
    )`,
    `create table instance_keys (
      instance_id ${t.text} not null primary key,
      wrapped ${t.bytes} not null,
      key_id ${t.text} not null
    )`,
  ],
};
