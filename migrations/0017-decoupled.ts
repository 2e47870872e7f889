import type { Migration } from "../src/platform/db/migration.ts";

/** Authorizations that are given in another place than asked for, how often is asked, and what exchanged grants stand on. */
export const decoupled: Migration = {
  name: "0017-decoupled",
  up: (t) => [
    `create table decoupled_authorizations (
      instance_id ${t.text} not null,
      decoupled_id ${t.text} not null,
      flow ${t.text} not null,
      status ${t.text} not null,
      client_id ${t.text} not null,
      user_id ${t.text},
      user_code_hash ${t.text},
      request ${t.text} not null,
      expires_at ${t.int} not null,
      created_at ${t.int} not null,
      changed_at ${t.int} not null,
      primary key (instance_id, decoupled_id)
    )`,
    "create index decoupled_authorizations_code on decoupled_authorizations (instance_id, user_code_hash)",
    "create index decoupled_authorizations_user on decoupled_authorizations (instance_id, user_id, status)",
    "create index decoupled_authorizations_expiry on decoupled_authorizations (instance_id, expires_at)",
    `create table paces (
      instance_id ${t.text} not null,
      pace_id ${t.text} not null,
      count ${t.int} not null,
      seconds ${t.int} not null,
      at ${t.int} not null,
      expires_at ${t.int} not null,
      primary key (instance_id, pace_id)
    )`,
    "create index paces_expiry on paces (instance_id, expires_at)",
    `alter table instances add column oidc_settings ${t.text}`,
    `create table grant_bases (
      instance_id ${t.text} not null,
      grant_id ${t.text} not null,
      kind ${t.text} not null,
      base_id ${t.text} not null,
      primary key (instance_id, grant_id, kind, base_id)
    )`,
  ],
};
