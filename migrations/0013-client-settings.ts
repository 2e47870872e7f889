import type { Migration } from "../src/platform/db/migration.ts";

/** Client metadata beside ZITADEL's, and grants that no person's session stands behind. */
export const clientSettings: Migration = {
  name: "0013-client-settings",
  up: (t) => [
    `alter table applications add column settings ${t.text} not null default '{}'`,
    ...(t.dialect === "postgres"
      ? ["session_id", "client_id", "auth_request_id"].map(
          (column) => `alter table oidc_sessions alter column ${column} drop not null`,
        )
      : withoutNotNull),
    ...["grant_type", "acr", "confirmation", "actor", "resources", "authorization_details", "claims"].map(
      (column) => `alter table oidc_sessions add column ${column} ${t.text}`,
    ),
    "create index oidc_sessions_client on oidc_sessions (instance_id, client_id)",
  ],
};

// SQLite cannot drop a constraint of a column: https://www.sqlite.org/lang_altertable.html#otheralter
const withoutNotNull = [
  `create table oidc_sessions_next (
    instance_id text not null,
    grant_id text not null,
    user_id text not null,
    session_id text,
    client_id text,
    auth_request_id text,
    state text not null,
    scope text not null,
    audience text not null,
    amr text not null,
    auth_time integer not null,
    refresh_token_id text,
    refresh_idle_expires_at integer,
    refresh_absolute_expires_at integer,
    created_at integer not null,
    changed_at integer not null,
    primary key (instance_id, grant_id)
  )`,
  `insert into oidc_sessions_next select instance_id, grant_id, user_id, session_id, client_id, auth_request_id, state,
    scope, audience, amr, auth_time, refresh_token_id, refresh_idle_expires_at, refresh_absolute_expires_at, created_at,
    changed_at from oidc_sessions`,
  "drop table oidc_sessions",
  "alter table oidc_sessions_next rename to oidc_sessions",
  "create index oidc_sessions_user on oidc_sessions (instance_id, user_id)",
  "create index oidc_sessions_session on oidc_sessions (instance_id, session_id)",
];
