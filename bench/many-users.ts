import { DatabaseSync } from "node:sqlite";
import pg from "pg";
import { z } from "zod";
import { databaseFile } from "../src/platform/db/data-dir.ts";
import type { Munot } from "./servers.ts";

/** How many users the searches go over. */
const manyUsers = 100_000;

/** Columns of the copies that differ from their model: names such as `person-000042`. */
const changed: Readonly<Record<string, (n: string) => string>> = {
  user_id: (n) => `'9' || ${n}`,
  user_name: (n) => `'person-' || ${n}`,
  user_name_folded: (n) => `'person-' || ${n}`,
  given_name: (n) => `'Person ' || ${n}`,
  given_name_folded: (n) => `'person ' || ${n}`,
  display_name: (n) => `'Person ' || ${n} || ' Example'`,
  display_name_folded: (n) => `'person ' || ${n} || ' example'`,
  email: (n) => `'person-' || ${n} || '@acme.example'`,
  email_folded: (n) => `'person-' || ${n} || '@acme.example'`,
};

const copyStatement = (columns: readonly string[], userId: string): string => {
  const n = "substr('000000' || n, length('000000' || n) - 5)";
  return `with recursive numbers(n) as (select 1 union all select n + 1 from numbers where n < ${manyUsers})
    insert into users (${columns.join(", ")})
    select ${columns.map((column) => changed[column]?.(n) ?? column).join(", ")}
    from users, numbers where user_id = '${userId}'`;
};

const namesOf = z.array(z.object({ name: z.string() }));

/**
 * Fills the read table that searches read with copies of a user's row. By way of commands it would take minutes and end in
 * the same rows.
 */
export const addManyUsers = async (munot: Munot, userId: string): Promise<void> => {
  if (munot.databaseUrl === null) {
    const db = new DatabaseSync(databaseFile(munot.dataDir), { timeout: 5_000 });
    const names = namesOf.parse(db.prepare("select name from pragma_table_info('users')").all());
    db.exec(
      copyStatement(
        names.map(({ name }) => name),
        userId,
      ),
    );
    db.exec("analyze");
    db.close();
    return;
  }
  const client = new pg.Client({ connectionString: munot.databaseUrl });
  await client.connect();
  const found = await client.query(
    "select column_name as name from information_schema.columns where table_name = 'users'",
  );
  await client.query(
    copyStatement(
      namesOf.parse(found.rows).map(({ name }) => name),
      userId,
    ),
  );
  await client.query("analyze users");
  await client.end();
};
