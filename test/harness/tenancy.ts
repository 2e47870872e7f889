import type { Statement } from "../../src/platform/db/database.ts";

/** Tables that are read before the instance is known: they say which one a request is for. */
const aboveInstances = ["instances", "instance_domains"];

/**
 * Fails for a domain statement that forgets the instance (tenant): every table that it reads or changes must be bound to
 * one. Looks at compiled Kysely statements, which quote their names; the log's own SQL is proven by its contract suite.
 */
export const assertNamesInstance = ({ sql }: Statement): void => {
  if (!/^(select|update|delete|insert|with) /.test(sql) || !sql.includes('"')) return;
  if (sql.startsWith("insert ")) {
    const columns = sql.slice(0, sql.indexOf(" values "));
    if (!columns.includes('"instance_id"')) throw new Error(`this statement names no instance: ${sql}`);
    return;
  }
  const tables = [...sql.matchAll(/\b(?:from|join|update) "(\w+)"/g)].map((match) => match[1] ?? "");
  const bound = tables.filter((table) => !aboveInstances.includes(table)).length;
  const conditions = sql.slice(Math.max(0, sql.search(/ (?:from|set) /)));
  const named = conditions.split('"instance_id"').length - 1;
  if (named < bound) throw new Error(`this statement names no instance for one of ${tables.join(", ")}: ${sql}`);
};
