import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import https from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { describe } from "vitest";
import { freePort } from "./ports.ts";
import { freshPostgres } from "./postgres.ts";

export const databases = ["sqlite", "postgres"] as const;
export type DatabaseKind = (typeof databases)[number];

export type MunotOptions = {
  readonly database: DatabaseKind;
  /** more settings, or others than the harness's own */
  readonly env?: Readonly<Record<string, string>>;
  /** certificate of a Munot that serves HTTPS by its settings */
  readonly ca?: string;
};

/** A Munot process of its own, as an operator would run it. */
export type RunningMunot = {
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  readonly dataDir: string;
  /** personal access token of a service account that owns the instance */
  readonly ownerPat: string;
  /** personal access token of a login client */
  readonly loginClientPat: string;
  /** the settings that name its database and master key, where there are any */
  readonly databaseSettings: Readonly<Record<string, string>>;
  /** all that the process has printed so far */
  readonly output: () => string;
  /** a process on the same data after this one has ended, with the same settings but these */
  readonly restart: (others?: Readonly<Record<string, string>>) => Promise<RunningMunot>;
  /** ends the process with the signal and waits for it; the data stays */
  readonly end: (signal?: "SIGTERM" | "SIGKILL") => Promise<number | null>;
  /** ends the process and removes its data */
  readonly stop: () => Promise<void>;
};

const root = join(import.meta.dirname, "..", "..");

const isReady = (url: string, ca: string | undefined): Promise<boolean> =>
  ca === undefined
    ? fetch(`${url}/debug/ready`).then(
        (answer) => answer.ok,
        () => false,
      )
    : new Promise((resolve) => {
        const asked = https.get(`${url}/debug/ready`, { ca, agent: false }, (answer) => {
          answer.resume();
          resolve(answer.statusCode === 200);
        });
        asked.on("error", () => resolve(false));
      });

/** This checkout's own program, as `npm start` runs it. */
export const ownEntry: readonly string[] = [join(root, "tools", "launch.mjs")];

/** Starts one process with exactly these settings and waits until it is ready. */
export const launch = async (
  port: number,
  dataDir: string,
  settings: Readonly<Record<string, string>>,
  removeData: () => Promise<void>,
  ca?: string,
  entry: readonly string[] = ownEntry,
): Promise<RunningMunot> => {
  const url = `${ca === undefined ? "http" : "https"}://localhost:${port}`;
  const printed: string[] = [];
  const child: ChildProcess = spawn(process.execPath, entry, {
    cwd: dataDir,
    env: { PATH: process.env.PATH, ...settings },
    stdio: ["ignore", "pipe", "pipe"],
  });
  child.stdout?.on("data", (chunk) => printed.push(String(chunk)));
  child.stderr?.on("data", (chunk) => printed.push(String(chunk)));
  const exited = once(child, "exit");

  const deadline = performance.now() + 30_000;
  while (!(await isReady(url, ca))) {
    if (child.exitCode !== null || performance.now() > deadline) {
      child.kill("SIGKILL");
      throw new Error(`Munot did not become ready:\n${printed.join("")}`);
    }
    await sleep(20);
  }

  const end = async (signal: "SIGTERM" | "SIGKILL" = "SIGTERM"): Promise<number | null> => {
    if (child.exitCode === null && child.signalCode === null) child.kill(signal);
    await exited;
    return child.exitCode;
  };
  const read = (file: string): string =>
    existsSync(join(dataDir, file)) ? readFileSync(join(dataDir, file), "utf8").trim() : "";

  return {
    url,
    port,
    pid: child.pid ?? 0,
    dataDir,
    ownerPat: read("owner.pat"),
    loginClientPat: read("login-client.pat"),
    databaseSettings: Object.fromEntries(
      Object.entries(settings).filter(([name]) => name === "MUNOT_DATABASE_URL" || name === "MUNOT_MASTERKEY"),
    ),
    output: () => printed.join(""),
    end,
    restart: (others = {}) => launch(port, dataDir, { ...settings, ...others }, removeData, ca, entry),
    stop: async () => {
      await end();
      await removeData();
    },
  };
};

/** Whether tests on PostgreSQL run against two processes behind a proxy instead of one. */
const inPairs = process.env.MUNOT_TEST_PAIR === "1";

/** Starts Munot on fresh data: the embedded database, or a fresh database of the test run's PostgreSQL. */
export const startMunot = async ({ database, env = {}, ca }: MunotOptions): Promise<RunningMunot> => {
  if (inPairs && database === "postgres") return (await import("./pair.ts")).startPair(env);
  const port = await freePort();
  const dataDir = mkdtempSync(join(tmpdir(), "munot-test-"));
  const postgres = database === "postgres" ? await freshPostgres() : null;
  const removeData = async () => {
    await postgres?.drop();
    rmSync(dataDir, { recursive: true, force: true });
  };
  const settings = {
    MUNOT_PORT: String(port),
    MUNOT_DATA_DIR: dataDir,
    MUNOT_FIRST_MACHINE_USERNAME: "owner",
    MUNOT_FIRST_MACHINE_PAT_FILE: join(dataDir, "owner.pat"),
    MUNOT_FIRST_LOGIN_CLIENT_PAT_FILE: join(dataDir, "login-client.pat"),
    ...(postgres ? { MUNOT_DATABASE_URL: postgres.url } : {}),
    ...env,
  };
  return launch(port, dataDir, settings, removeData, ca);
};

/** One suite, run on the embedded database and on PostgreSQL; in pairs on the latter only. */
export const onEachDatabase = (name: string, suite: (database: DatabaseKind) => void): void => {
  for (const database of inPairs ? (["postgres"] as const) : databases)
    describe(`${name} (${database})`, () => suite(database));
};
