import type { Migration } from "../src/platform/db/migration.ts";

/** Ways in which messages go out. */
export const notifications: Migration = {
  name: "0020-notifications",
  up: (t) => [
    `create table notification_providers (
      instance_id ${t.text} not null,
      provider_id ${t.text} not null,
      channel ${t.text} not null,
      description ${t.text} not null,
      config ${t.text} not null,
      secret ${t.text},
      active ${t.bool} not null,
      sequence ${t.int} not null,
      created_at ${t.int} not null,
      changed_at ${t.int} not null,
      primary key (instance_id, provider_id)
    )`,
  ],
};
