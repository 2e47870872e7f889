import type { Migration } from "../src/platform/db/migration.ts";

/** Sessions by the end of their life: for the sweep of those that ended long ago. */
export const sessionExpiry: Migration = {
  name: "0021-session-expiry",
  up: () => ["create index sessions_expiry on sessions (instance_id, expires_at)"],
};
