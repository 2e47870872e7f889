import type { Migration } from "../src/platform/db/migration.ts";

/** Secrets and keys of service accounts. */
export const userCredentials: Migration = {
  name: "0007-user-credentials",
  up: (t) => [
    `alter table users add column secret_hash ${t.text}`,
    `create table user_keys (
      instance_id ${t.text} not null,
      user_id ${t.text} not null,
      key_id ${t.text} not null,
      public_jwk ${t.text} not null,
      expires_at ${t.int},
      created_at ${t.int} not null,
      primary key (instance_id, user_id, key_id)
    )`,
  ],
};
