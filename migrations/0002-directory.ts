import type { Migration } from "../src/platform/db/migration.ts";

/** Instances, organizations, users, projects, applications, administrators and settings as they are read. */
export const directory: Migration = {
  name: "0002-directory",
  up: (t) => {
    const trail = `sequence ${t.int} not null, created_at ${t.int} not null, changed_at ${t.int} not null`;
    return [
      `create table instances (
        instance_id ${t.text} not null,
        name ${t.text} not null,
        default_org_id ${t.text},
        iam_project_id ${t.text},
        default_language ${t.text} not null,
        ${trail},
        primary key (instance_id)
      )`,
      `create table instance_domains (
        instance_id ${t.text} not null,
        host ${t.text} not null,
        is_primary ${t.bool} not null,
        created_at ${t.int} not null,
        primary key (instance_id, host)
      )`,
      "create unique index instance_domains_host on instance_domains (host)",
      `create table orgs (
        instance_id ${t.text} not null,
        org_id ${t.text} not null,
        name ${t.text} not null,
        name_folded ${t.text} not null,
        state ${t.text} not null,
        primary_domain ${t.text} not null,
        ${trail},
        primary key (instance_id, org_id)
      )`,
      "create index orgs_name on orgs (instance_id, name_folded, org_id)",
      `create table org_domains (
        instance_id ${t.text} not null,
        org_id ${t.text} not null,
        domain ${t.text} not null,
        verified ${t.bool} not null,
        created_at ${t.int} not null,
        primary key (instance_id, org_id, domain)
      )`,
      "create index org_domains_domain on org_domains (instance_id, domain)",
      `create table users (
        instance_id ${t.text} not null,
        user_id ${t.text} not null,
        org_id ${t.text} not null,
        type ${t.text} not null,
        state ${t.text} not null,
        user_name ${t.text} not null,
        user_name_folded ${t.text} not null,
        given_name ${t.text} not null,
        given_name_folded ${t.text} not null,
        family_name ${t.text} not null,
        family_name_folded ${t.text} not null,
        nick_name ${t.text} not null,
        nick_name_folded ${t.text} not null,
        display_name ${t.text} not null,
        display_name_folded ${t.text} not null,
        preferred_language ${t.text} not null,
        gender ${t.text} not null,
        email ${t.text} not null,
        email_folded ${t.text} not null,
        email_verified ${t.bool} not null,
        phone ${t.text} not null,
        phone_verified ${t.bool} not null,
        password_hash ${t.text},
        password_change_required ${t.bool} not null,
        password_changed_at ${t.int},
        password_failures ${t.int} not null,
        description ${t.text} not null,
        access_token_type ${t.text} not null,
        ${trail},
        primary key (instance_id, user_id)
      )`,
      "create index users_user_name on users (instance_id, user_name_folded, user_id)",
      "create index users_email on users (instance_id, email_folded, user_id)",
      "create index users_org on users (instance_id, org_id, user_id)",
      "create index users_created on users (instance_id, created_at, user_id)",
      `create table user_metadata (
        instance_id ${t.text} not null,
        user_id ${t.text} not null,
        metadata_key ${t.text} not null,
        metadata_value ${t.bytes} not null,
        ${trail},
        primary key (instance_id, user_id, metadata_key)
      )`,
      `create table projects (
        instance_id ${t.text} not null,
        project_id ${t.text} not null,
        org_id ${t.text} not null,
        name ${t.text} not null,
        name_folded ${t.text} not null,
        state ${t.text} not null,
        role_assertion ${t.bool} not null,
        authorization_required ${t.bool} not null,
        access_required ${t.bool} not null,
        private_labeling ${t.text} not null,
        ${trail},
        primary key (instance_id, project_id)
      )`,
      "create index projects_org on projects (instance_id, org_id, project_id)",
      "create index projects_name on projects (instance_id, name_folded, project_id)",
      `create table applications (
        instance_id ${t.text} not null,
        application_id ${t.text} not null,
        project_id ${t.text} not null,
        org_id ${t.text} not null,
        kind ${t.text} not null,
        name ${t.text} not null,
        name_folded ${t.text} not null,
        state ${t.text} not null,
        client_id ${t.text},
        secret_hash ${t.text},
        config ${t.text} not null,
        ${trail},
        primary key (instance_id, application_id)
      )`,
      "create unique index applications_client on applications (instance_id, client_id)",
      "create index applications_project on applications (instance_id, project_id, application_id)",
      `create table administrators (
        instance_id ${t.text} not null,
        administrator_id ${t.text} not null,
        level ${t.text} not null,
        object_id ${t.text} not null,
        user_id ${t.text} not null,
        roles ${t.text} not null,
        ${trail},
        primary key (instance_id, administrator_id)
      )`,
      "create index administrators_user on administrators (instance_id, user_id)",
      `create table settings (
        instance_id ${t.text} not null,
        owner_id ${t.text} not null,
        policy ${t.text} not null,
        value ${t.text} not null,
        ${trail},
        primary key (instance_id, owner_id, policy)
      )`,
    ];
  },
};
