import type { Migration } from "../src/platform/db/migration.ts";

/** Roles of projects, keys of applications, metadata of organizations. */
export const resources: Migration = {
  name: "0008-resources",
  up: (t) => {
    const trail = `sequence ${t.int} not null, created_at ${t.int} not null, changed_at ${t.int} not null`;
    return [
      `create table project_roles (
        instance_id ${t.text} not null,
        project_id ${t.text} not null,
        role_key ${t.text} not null,
        role_key_folded ${t.text} not null,
        org_id ${t.text} not null,
        display_name ${t.text} not null,
        display_name_folded ${t.text} not null,
        role_group ${t.text} not null,
        ${trail},
        primary key (instance_id, project_id, role_key)
      )`,
      `create table application_keys (
        instance_id ${t.text} not null,
        key_id ${t.text} not null,
        application_id ${t.text} not null,
        project_id ${t.text} not null,
        org_id ${t.text} not null,
        public_jwk ${t.text} not null,
        expires_at ${t.int},
        ${trail},
        primary key (instance_id, key_id)
      )`,
      "create index administrators_object on administrators (instance_id, level, object_id)",
      "create index application_keys_application on application_keys (instance_id, application_id, key_id)",
      "create index application_keys_project on application_keys (instance_id, project_id, key_id)",
      "create index application_keys_org on application_keys (instance_id, org_id, key_id)",
      `create table org_metadata (
        instance_id ${t.text} not null,
        org_id ${t.text} not null,
        metadata_key ${t.text} not null,
        metadata_key_folded ${t.text} not null,
        metadata_value ${t.bytes} not null,
        ${trail},
        primary key (instance_id, org_id, metadata_key)
      )`,
    ];
  },
};
