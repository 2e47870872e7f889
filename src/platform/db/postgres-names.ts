import { createHash } from "node:crypto";
import type { PostgresPool, PostgresPoolClient } from "kysely";
import type pg from "pg";

/** How many statements stay prepared per connection; further ones are parsed and planned at each run. */
const namesMax = 400;

/** Names under which connections prepare statements: the same text has the same name on each. */
export const statementNames = (): ((sql: string) => string | undefined) => {
  const names = new Map<string, string>();
  return (sql) => {
    const known = names.get(sql);
    if (known !== undefined || names.size >= namesMax) return known;
    const name = createHash("sha1").update(sql).digest("base64url");
    names.set(sql, name);
    return name;
  };
};

/** What PostgreSQL is sent: without a name it would parse and plan a join of eight tables for each row that is read. */
export const namedQuery = (
  nameOf: (sql: string) => string | undefined,
  text: string,
  values: readonly unknown[],
): pg.QueryConfig => {
  const name = nameOf(text);
  return { text, values: values.map(bindable), ...(name === undefined ? {} : { name }) };
};

const bindable = (value: unknown): unknown =>
  value instanceof Uint8Array ? Buffer.from(value.buffer, value.byteOffset, value.byteLength) : value;

/** A pool for Kysely, which by itself names no statement. */
export const namingPool = (pool: pg.Pool, nameOf: (sql: string) => string | undefined): PostgresPool => ({
  options: pool.options,
  end: () => pool.end(),
  connect: async () => {
    const client = await pool.connect();
    const query = (sql: string, parameters: readonly unknown[]) => client.query(namedQuery(nameOf, sql, parameters));
    // Kysely's second form takes a cursor; nothing here reads by cursors.
    return { query: query as unknown as PostgresPoolClient["query"], release: (destroy) => client.release(destroy) };
  },
});
