import type { Migration } from "../src/platform/db/migration.ts";

/** Who has roles of which project. */
export const authorizations: Migration = {
  name: "0009-authorizations",
  up: (t) => [
    `create table authorizations (
      instance_id ${t.text} not null,
      authorization_id ${t.text} not null,
      user_id ${t.text} not null,
      project_id ${t.text} not null,
      org_id ${t.text} not null,
      state ${t.text} not null,
      sequence ${t.int} not null,
      created_at ${t.int} not null,
      changed_at ${t.int} not null,
      primary key (instance_id, authorization_id)
    )`,
    "create index authorizations_user on authorizations (instance_id, user_id, project_id)",
    "create index authorizations_project on authorizations (instance_id, project_id)",
    "create index authorizations_org on authorizations (instance_id, org_id)",
    `create table authorization_roles (
      instance_id ${t.text} not null,
      authorization_id ${t.text} not null,
      role_key ${t.text} not null,
      role_created_at ${t.int} not null,
      primary key (instance_id, authorization_id, role_key)
    )`,
  ],
};
