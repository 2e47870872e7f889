import { createHash } from "node:crypto";
import { type QueryExecutorProvider, sql } from "kysely";
import type { InstanceId } from "../../kernel/ids.ts";
import { addSeconds, type Instant } from "../../kernel/time.ts";
import type { Database } from "../db/database.ts";

/** Uses up a signed assertion; gives whether this was the first time, whichever process is asked (RFC 7523 §3, `jti`). */
export type UseAssertion = (
  instanceId: InstanceId,
  assertion: { readonly issuer: string; readonly jti: string; readonly expiresAt: Instant },
) => Promise<boolean>;

type UsesDatabase = Pick<Database<never>, "write"> & { readonly compiler: QueryExecutorProvider };

/** Clocks differ: a use is remembered a little longer than the assertion can be valid anywhere. */
const marginSeconds = 300;

/** The table `used_assertions`: one row per use, kept until the assertion has expired. No domain fact, so not in the log. */
export const assertionUses = (database: UsesDatabase) => ({
  use: (async (instanceId, { issuer, jti, expiresAt }) => {
    const id = createHash("sha256")
      .update(JSON.stringify([issuer, jti]))
      .digest("base64url");
    const statement = sql`
      insert into used_assertions (instance_id, use_id, expires_at)
      values (${instanceId}, ${id}, ${addSeconds(expiresAt, marginSeconds)})
      on conflict do nothing returning use_id`;
    const [rows] = await database.write([statement.compile(database.compiler)]);
    return (rows?.length ?? 0) > 0;
  }) satisfies UseAssertion,

  /** Forgets uses of assertions that have expired. */
  forget: async (instanceId: InstanceId, before: Instant): Promise<void> => {
    const statement = sql`delete from used_assertions where instance_id = ${instanceId} and expires_at < ${before}`;
    await database.write([statement.compile(database.compiler)]);
  },
});
