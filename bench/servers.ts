import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { freePort } from "../test/harness/ports.ts";
import { type Cluster, freshPostgres, startCluster } from "../test/harness/postgres.ts";

const root = join(import.meta.dirname, "..");

/** Whether servers get a core of their own, and the load tool and PostgreSQL the other. */
const pinned = cpus().length > 1 && spawnSync("taskset", ["--version"]).status === 0;
const onCore = (core: number, command: string, args: readonly string[]): readonly [string, string[]] =>
  pinned ? ["taskset", ["-c", String(core), command, ...args]] : [command, [...args]];
/** Keeps a process and its threads on one core. */
export const pinProcess = (core: number, pid: number): void => {
  if (pinned) spawnSync("taskset", ["-acp", String(core), String(pid)]);
};

export type Server = {
  readonly url: string;
  readonly stop: () => Promise<void>;
  /** CPU seconds that the process has used, user and system */
  readonly cpuSeconds: () => number;
  /** resident memory (Linux only) */
  readonly memoryMb: () => number;
  /** SQL statements that it has run; null where nobody counts them */
  readonly statements: (() => Promise<number>) | null;
};
export type Munot = Server & {
  readonly ownerPat: string;
  readonly loginClientPat: string;
  readonly dataDir: string;
  /** null: the embedded database */
  readonly databaseUrl: string | null;
};

// Clock ticks of /proc/<pid>/stat per second: 100 on every Linux that Node runs on.
const ticks = 100;

/** CPU seconds that a process has used, user and system (Linux only). */
export const cpuSecondsOf = (pid: number): number => {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  // After the name, which may hold spaces: state is field 3, utime 14, stime 15.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) / ticks;
};

/** Resident memory of a process in MB (Linux only). */
export const memoryMbOf = (pid: number): number =>
  Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0) / 1024;

const begin = async (
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  url: string,
  path: string,
): Promise<Server> => {
  const child: ChildProcess = spawn(...onCore(0, process.execPath, args), {
    cwd: root,
    env: { PATH: process.env.PATH, ...env },
    stdio: ["ignore", "ignore", "inherit"],
  });
  const exited = once(child, "exit");
  const { pid } = child;
  if (pid === undefined) throw new Error("the server did not start");
  while (
    !(await fetch(`${url}${path}`).then(
      ({ ok }) => ok,
      () => false,
    ))
  ) {
    if (child.exitCode !== null) throw new Error("the server ended before it was ready");
    await sleep(50);
  }
  return {
    url,
    cpuSeconds: () => cpuSecondsOf(pid),
    memoryMb: () => memoryMbOf(pid),
    statements: null,
    stop: async () => {
      child.kill("SIGTERM");
      await exited;
    },
  };
};

/** Sum of the counter of statements on the page of metrics. */
const countedStatements = async (metricsPort: number): Promise<number> => {
  const page = await (await fetch(`http://127.0.0.1:${metricsPort}/metrics`)).text();
  const samples = page.matchAll(/^munot_db_statements_total\{[^}]*\} (\d+)$/gm);
  return [...samples].reduce((sum, [, value]) => sum + Number(value), 0);
};

const startMunot = async (databaseUrl: string | null, counting: boolean): Promise<Munot> => {
  const port = await freePort();
  const metricsPort = await freePort();
  const dataDir = mkdtempSync(join(tmpdir(), "munot-bench-"));
  const env = {
    MUNOT_PORT: String(port),
    MUNOT_DATA_DIR: dataDir,
    MUNOT_FIRST_MACHINE_USERNAME: "owner",
    MUNOT_FIRST_MACHINE_PAT_FILE: join(dataDir, "owner.pat"),
    MUNOT_FIRST_LOGIN_CLIENT_PAT_FILE: join(dataDir, "login-client.pat"),
    ...(databaseUrl === null ? {} : { MUNOT_DATABASE_URL: databaseUrl }),
    ...(counting ? { MUNOT_METRICS_PORT: String(metricsPort) } : {}),
  };
  // As `npm start` runs it; MUNOT_BENCH_NODE_ARGS may hold --cpu-prof and the like.
  const more = (process.env.MUNOT_BENCH_NODE_ARGS ?? "").split(" ").filter(Boolean);
  const args = ["--max-semi-space-size=2", ...more, join("tools", "launch.mjs")];
  const server = await begin(args, env, `http://localhost:${port}`, "/debug/ready");
  const read = (file: string): string => readFileSync(join(dataDir, file), "utf8").trim();
  return {
    ...server,
    statements: counting ? () => countedStatements(metricsPort) : null,
    dataDir,
    databaseUrl,
    ownerPat: read("owner.pat"),
    loginClientPat: read("login-client.pat"),
    stop: async () => {
      await server.stop();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
};

const startPeer = async (): Promise<Server> => {
  const port = await freePort();
  return begin(
    [join("bench", "peer.ts"), String(port)],
    {},
    `http://localhost:${port}`,
    "/.well-known/openid-configuration",
  );
};

/** Munot on both databases and the peer, started when first asked for, stopped together. */
export const openLab = () => {
  pinProcess(1, process.pid);
  const opened: Promise<{ readonly stop: () => Promise<void> }>[] = [];
  const lazily = <T extends { readonly stop: () => Promise<void> }>(start: () => Promise<T>): (() => Promise<T>) => {
    let started: Promise<T> | null = null;
    return () => {
      if (started === null) {
        started = start();
        opened.push(started);
      }
      return started;
    };
  };
  // Its processes inherit the load tool's core.
  const cluster = lazily<Cluster>(startCluster);
  const onSqlite = (counting: boolean) => lazily(() => startMunot(null, counting));
  const onPostgres = (counting: boolean) =>
    lazily(async () => startMunot((await freshPostgres({ server: (await cluster()).url })).url, counting));
  return {
    sqlite: onSqlite(false),
    postgres: onPostgres(false),
    /** the same with its metrics on: for counting, never for measuring */
    counting: { sqlite: onSqlite(true), postgres: onPostgres(true) },
    peer: lazily(startPeer),
    close: async () => {
      for (const one of opened.toReversed()) await (await one).stop();
    },
  };
};
