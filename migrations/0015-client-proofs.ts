import type { Migration } from "../src/platform/db/migration.ts";

/** Secrets of clients that sign with them, and resources that applications are known by (RFC 8707). */
export const clientProofs: Migration = {
  name: "0015-client-proofs",
  up: (t) => [
    `alter table applications add column secret_sealed ${t.text}`,
    `create table application_resources (
      instance_id ${t.text} not null,
      resource ${t.text} not null,
      application_id ${t.text} not null,
      primary key (instance_id, resource, application_id)
    )`,
    "create index application_resources_application on application_resources (instance_id, application_id)",
  ],
};
