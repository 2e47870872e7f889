import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { chownSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import { freePort } from "./ports.ts";
import { findPostgresBin } from "./programs.ts";

const prefix = "munot-pg-";

/** The path of one of PostgreSQL's own programs (`pg_dump`, `psql` …) of the version that the tests run on. */
export const pgTool = (name: string): string => {
  const bin = findPostgresBin();
  if (!bin) throw new Error("PostgreSQL is needed for this test: install it and put its programs on the PATH.");
  return join(bin, name);
};

/** PostgreSQL refuses to run as root: then it runs as its own user. */
const serverUser = (): { uid?: number; gid?: number } => {
  if (process.getuid?.() !== 0) return {};
  const users = readFileSync("/etc/passwd", "utf8").split("\n");
  const find = (name: string) => users.find((line) => line.startsWith(`${name}:`));
  const entry = (find("postgres") ?? find("nobody"))?.split(":");
  if (!entry) throw new Error("PostgreSQL cannot run as root, and there is neither a user postgres nor nobody.");
  return { uid: Number(entry[2]), gid: Number(entry[3]) };
};

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it lives, and is somebody else's.
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
};

/**
 * Removes the clusters of test runs that were killed before they could do so themselves. A server that still runs there
 * notices within a minute that its lock file is gone, and ends.
 */
const sweepOrphans = () => {
  for (const name of readdirSync(tmpdir())) {
    const owner = name.startsWith(prefix) ? Number.parseInt(name.slice(prefix.length), 10) : Number.NaN;
    if (owner > 0 && !isAlive(owner)) rmSync(join(tmpdir(), name), { recursive: true, force: true, maxRetries: 5 });
  }
};

const ready = async (url: string, server: ChildProcess, output: () => string): Promise<void> => {
  const deadline = performance.now() + 30_000;
  for (;;) {
    const client = new pg.Client({ connectionString: url });
    try {
      await client.connect();
      return;
    } catch (cause) {
      if (server.exitCode !== null || performance.now() > deadline) {
        throw new Error(`PostgreSQL did not start:\n${output()}`, { cause });
      }
      await sleep(20);
    } finally {
      await client.end().catch(() => undefined);
    }
  }
};

export interface Cluster {
  /** Of the maintenance database `postgres`, with a superuser. */
  readonly url: string;
  /** Ends the server as a failing machine would; the data stays for `resume`. */
  halt(): Promise<void>;
  /** Starts the server again on its data. */
  resume(): Promise<void>;
  stop(): Promise<void>;
}

/**
 * Starts a PostgreSQL server of its own: new data, a free loopback port, `fsync` and `synchronous_commit` on, as the
 * crash tests need it. Its default collation is English where PostgreSQL can do that, so that a column which forgot
 * `COLLATE "C"` sorts wrongly here and not at a user's.
 */
export const startCluster = async (): Promise<Cluster> => {
  sweepOrphans();
  const user = serverUser();
  const dir = mkdtempSync(join(tmpdir(), `${prefix}${process.pid}-`));
  if (user.uid !== undefined && user.gid !== undefined) chownSync(dir, user.uid, user.gid);
  const data = join(dir, "data");

  const major = Number(/\d+/.exec(spawnSync(pgTool("postgres"), ["--version"], { encoding: "utf8" }).stdout)?.[0]);
  const collation = major >= 15 ? ["--locale-provider=icu", "--icu-locale=en"] : [];
  const init = spawnSync(
    pgTool("initdb"),
    ["-D", data, "-U", "munot", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync", ...collation],
    { ...user, cwd: dir, encoding: "utf8" },
  );
  if (init.status !== 0) throw new Error(`initdb failed: ${init.error?.message ?? init.stderr}`);

  const port = await freePort();
  const options = [
    "listen_addresses=127.0.0.1",
    `unix_socket_directories=${dir}`,
    "max_connections=300",
    "max_wal_size=2GB",
  ];
  const url = `postgres://munot@127.0.0.1:${port}/postgres`;

  let server: ChildProcess | null = null;
  const atExit = () => server?.kill("SIGQUIT");
  process.once("exit", atExit);

  const halt = async () => {
    if (server === null || server.exitCode !== null) return;
    const exited = once(server, "exit");
    // PostgreSQL's immediate shutdown.
    server.kill("SIGQUIT");
    await exited;
  };
  const resume = async () => {
    const started = spawn(pgTool("postgres"), ["-D", data, "-p", String(port), ...options.flatMap((o) => ["-c", o])], {
      ...user,
      cwd: dir,
      stdio: ["ignore", "pipe", "pipe"],
    });
    server = started;
    let log = "";
    const keep = (chunk: Buffer) => {
      log = (log + chunk.toString()).slice(-4000);
    };
    started.stdout.on("data", keep);
    started.stderr.on("data", keep);
    await ready(url, started, () => log);
  };
  const stop = async () => {
    process.off("exit", atExit);
    await halt();
    rmSync(dir, { recursive: true, force: true, maxRetries: 5 });
  };
  try {
    await resume();
  } catch (error) {
    await stop();
    throw error;
  }
  return { url, halt, resume, stop };
};

/** The server that this test run shares; `MUNOT_TEST_POSTGRES_URL` is set by the projects' global set-up. */
const sharedUrl = (): string => {
  const url = process.env.MUNOT_TEST_POSTGRES_URL;
  if (!url) throw new Error("MUNOT_TEST_POSTGRES_URL is not set: run this test in the project db, http or browser.");
  return url;
};

const onServer = async (url: string, work: (client: pg.Client) => Promise<void>): Promise<void> => {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await work(client);
  } finally {
    await client.end();
  }
};

const withDatabase = (url: string, name: string): string => {
  const changed = new URL(url);
  changed.pathname = `/${name}`;
  return changed.href;
};

export interface FreshDatabase {
  readonly url: string;
  drop(): Promise<void>;
}

/** A new database on the shared server (or on `server`), empty or a copy of `template`. */
export const freshPostgres = async (from: { template?: string; server?: string } = {}): Promise<FreshDatabase> => {
  const server = from.server ?? sharedUrl();
  const name = `t_${randomBytes(8).toString("hex")}`;
  await onServer(server, async (client) => {
    await client.query(`create database ${name} template ${pg.escapeIdentifier(from.template ?? "template0")}`);
  });
  return {
    url: withDatabase(server, name),
    drop: () =>
      onServer(server, async (client) => void (await client.query(`drop database if exists ${name} with (force)`))),
  };
};

/**
 * The database `name`, filled by `prepare` once per server however many test files ask for it at the same time; give the
 * name to `freshPostgres({ template })` for a copy that costs no migration.
 */
export const postgresTemplate = async (name: string, prepare: (url: string) => Promise<void>): Promise<string> => {
  const server = sharedUrl();
  await onServer(server, async (client) => {
    await client.query("select pg_advisory_lock(hashtext($1))", [name]);
    const { rowCount } = await client.query("select 1 from pg_database where datname = $1", [name]);
    if (rowCount) return;
    // Filled under another name: a `prepare` that fails leaves no half-filled template behind.
    const draft = `draft_${randomBytes(8).toString("hex")}`;
    await client.query(`create database ${draft} template template0`);
    await prepare(withDatabase(server, draft));
    await client.query(`alter database ${draft} rename to ${pg.escapeIdentifier(name)}`);
  });
  return name;
};
