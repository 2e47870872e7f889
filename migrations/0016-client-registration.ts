import type { Migration } from "../src/platform/db/migration.ts";

/** How clients come to an instance that nobody sets up, and what users have allowed clients. */
export const clientRegistration: Migration = {
  name: "0016-client-registration",
  up: (t) => [
    `create table client_registration_policies (
      instance_id ${t.text} not null,
      policy ${t.text} not null,
      changed_at ${t.int} not null,
      primary key (instance_id)
    )`,
    `create table initial_access_tokens (
      instance_id ${t.text} not null,
      token_id ${t.text} not null,
      name ${t.text} not null,
      expires_at ${t.int},
      created_at ${t.int} not null,
      primary key (instance_id, token_id)
    )`,
    `create table consents (
      instance_id ${t.text} not null,
      user_id ${t.text} not null,
      application_id ${t.text} not null,
      client_id ${t.text} not null,
      scopes ${t.text} not null,
      resources ${t.text} not null,
      authorization_details_types ${t.text} not null,
      claims ${t.text} not null,
      auth_request_id ${t.text} not null,
      given_at ${t.int} not null,
      primary key (instance_id, user_id, application_id)
    )`,
    "create index consents_application on consents (instance_id, application_id)",
  ],
};
