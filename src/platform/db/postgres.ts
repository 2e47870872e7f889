import { randomBytes } from "node:crypto";
import { Kysely, type LogEvent, PostgresDialect } from "kysely";
import pg from "pg";
import { createCompiler } from "./compiler.ts";
import type { Database, Observe, Row, Run, Statement, UnitRows } from "./database.ts";
import { readDirectly } from "./direct.ts";
import { namedQuery, namingPool, statementNames } from "./postgres-names.ts";
import { pipeline } from "./postgres-pipeline.ts";
import { postgresReads } from "./postgres-reads.ts";

export type PostgresOptions = {
  readonly url: string;
  /** connections of this process */
  readonly connections?: number;
  /** the schema that all names resolve in; default: the database's own setting */
  readonly schema?: string;
  readonly observe?: Observe;
};

/** Advisory lock of migrations, rebuilds and other work that must be alone. */
const exclusiveLockKey = 7_311_201;

const int8 = 20;
const bytea = 17;

/** bigint as a safe integer, bytea as bytes; what does not fit throws instead of losing digits. */
const decoder = (oid: number): ((text: string) => unknown) => {
  if (oid === int8) return safeInteger;
  if (oid === bytea) return (text) => new Uint8Array(Buffer.from(text.slice(2), "hex"));
  return pg.types.getTypeParser(oid, "text");
};

const safeInteger = (text: string): number => {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new RangeError(`not a safe integer: ${text}`);
  return value;
};

/** Opens PostgreSQL 14 or newer. */
export const openPostgres = async <DB>(options: PostgresOptions): Promise<Database<DB>> => {
  const { observe } = options;
  const pool = new pg.Pool({
    connectionString: options.url,
    max: options.connections ?? 10,
    connectionTimeoutMillis: 10_000,
    // `synchronous_commit` is asked for, so that a server configured to lose the last commits does not lose ours.
    options: `-c synchronous_commit=on${options.schema === undefined ? "" : ` -c search_path=${options.schema}`}`,
    types: { getTypeParser: decoder },
  });
  // A connection that breaks fails the statement that runs on it and is replaced at its next use. It also emits `error`, on
  // the pool while it is idle and on itself while it is used: without a listener that would end the process.
  const outlive = () => undefined;
  pool.on("error", outlive);
  pool.on("connect", (client) => client.on("error", outlive));

  try {
    await refuseUnsuitable(pool);
  } catch (error) {
    await pool.end();
    throw error;
  }

  const nameOf = statementNames();
  const query = async (on: pg.Pool | pg.PoolClient, statement: Statement): Promise<readonly Row[]> => {
    const fromMs = performance.now();
    try {
      const result = await on.query<Row>(namedQuery(nameOf, statement.sql, statement.parameters));
      return result.rows;
    } finally {
      observe?.(statement, fromMs, performance.now());
    }
  };

  const transaction = async <T>(begin: readonly string[], work: (run: Run) => Promise<T>): Promise<T> => {
    const client = await pool.connect();
    let broken: Error | undefined;
    try {
      for (const sql of begin) await client.query(sql);
      const result = await work((statement) => query(client, statement));
      await client.query("commit");
      return result;
    } catch (error) {
      await client.query("rollback").catch((cause: Error) => {
        broken = cause;
      });
      throw error;
    } finally {
      client.release(broken);
    }
  };

  const together = async (unit: readonly Statement[]): Promise<UnitRows> => {
    // Before a connection is taken: it throws where a value cannot be sent.
    const running = pipeline(unit, decoder);
    const client = await pool.connect();
    let broken: Error | undefined;
    const fromMs = performance.now();
    try {
      client.query(running);
      return await running.done;
    } catch (error) {
      if (error instanceof Error && error.name !== "StatementFailed") broken = error;
      throw error;
    } finally {
      client.release(broken);
      if (observe !== undefined) reportUnit(observe, unit, running.endedMs, fromMs);
    }
  };

  const db = new Kysely<DB>({
    dialect: new PostgresDialect({ pool: namingPool(pool, nameOf) }),
    ...(observe === undefined ? {} : { log: reportTo(observe) }),
  });
  readDirectly(db, postgresReads({ together, alone: (statement) => query(pool, statement) }));

  return {
    dialect: "postgres",
    db,
    compiler: createCompiler<DB>("postgres"),
    read: (statement) => query(pool, statement),
    write: together,
    exclusive: (work) => transaction(["begin", `select pg_advisory_xact_lock(${exclusiveLockKey})`], work),
    snapshot: (work) => transaction(["begin isolation level repeatable read read only"], work),
    scratch: async () => {
      const schema = `scratch_${randomBytes(8).toString("hex")}`;
      await pool.query(`create schema ${schema}`);
      const scratch = await openPostgres<DB>({ url: options.url, connections: 2, schema });
      const close = async () => {
        await scratch.close();
        await pool.query(`drop schema ${schema} cascade`);
      };
      return { ...scratch, close };
    },
    checkpoint: async () => undefined,
    close: () => pool.end(),
  };
};

const reportTo =
  (observe: Observe) =>
  ({ query, queryDurationMillis }: LogEvent): void => {
    const toMs = performance.now();
    observe(query, toMs - queryDurationMillis, toMs);
  };

/** The statements of a unit run one after the other; those after a failed one do not. */
const reportUnit = (observe: Observe, unit: readonly Statement[], endedMs: readonly number[], sentMs: number): void => {
  let fromMs = sentMs;
  for (const [index, statement] of unit.entries()) {
    const toMs = endedMs[index];
    if (toMs === undefined) return;
    observe(statement, fromMs, toMs);
    fromMs = toMs;
  }
};

/** PostgreSQL 14 with UTF-8: older ones lack what the log's tail needs, other encodings lose characters. */
const refuseUnsuitable = async (pool: pg.Pool): Promise<void> => {
  const { rows } = await pool.query<{ version: number; encoding: string }>(
    "select current_setting('server_version_num')::integer as version, current_setting('server_encoding') as encoding",
  );
  const [server] = rows;
  if (server === undefined || server.version < 140_000) throw new Error("PostgreSQL 14 or newer is needed");
  if (server.encoding !== "UTF8")
    throw new Error(`the database must have the encoding UTF8, it has ${server.encoding}`);
};
