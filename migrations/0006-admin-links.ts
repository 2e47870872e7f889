import type { Migration } from "../src/platform/db/migration.ts";

/** Links that make an administrator. */
export const adminLinks: Migration = {
  name: "0006-admin-links",
  up: (t) => [
    `create table admin_links (
      instance_id ${t.text} not null,
      link_id ${t.text} not null,
      token_id ${t.text} not null,
      is_redeemed ${t.bool} not null,
      expires_at ${t.int} not null,
      primary key (instance_id, link_id)
    )`,
    "create unique index admin_links_token on admin_links (instance_id, token_id)",
  ],
};
