import type { Migration } from "../src/platform/db/migration.ts";

/** Hosts of others that may speak for an instance. */
export const trustedDomains: Migration = {
  name: "0011-trusted-domains",
  up: (t) => [
    `create table instance_trusted_domains (
      instance_id ${t.text} not null,
      host ${t.text} not null,
      created_at ${t.int} not null,
      primary key (instance_id, host)
    )`,
  ],
};
