import type { Migration } from "../src/platform/db/migration.ts";

/** OIDC sessions (grants) and the keys that sign what is issued from them. */
export const oidc: Migration = {
  name: "0004-oidc",
  up: (t) => [
    `create table oidc_sessions (
      instance_id ${t.text} not null,
      grant_id ${t.text} not null,
      user_id ${t.text} not null,
      session_id ${t.text} not null,
      client_id ${t.text} not null,
      auth_request_id ${t.text} not null,
      state ${t.text} not null,
      scope ${t.text} not null,
      audience ${t.text} not null,
      amr ${t.text} not null,
      auth_time ${t.int} not null,
      refresh_token_id ${t.text},
      refresh_idle_expires_at ${t.int},
      refresh_absolute_expires_at ${t.int},
      created_at ${t.int} not null,
      changed_at ${t.int} not null,
      primary key (instance_id, grant_id)
    )`,
    "create index oidc_sessions_user on oidc_sessions (instance_id, user_id)",
    "create index oidc_sessions_session on oidc_sessions (instance_id, session_id)",
    `create table web_keys (
      instance_id ${t.text} not null,
      key_id ${t.text} not null,
      algorithm ${t.text} not null,
      state ${t.text} not null,
      public_jwk ${t.text} not null,
      private_key ${t.text} not null,
      created_at ${t.int} not null,
      changed_at ${t.int} not null,
      primary key (instance_id, key_id)
    )`,
  ],
};
