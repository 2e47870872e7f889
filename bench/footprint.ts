import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { record } from "./record.ts";
import { memoryMbOf } from "./servers.ts";

const root = join(import.meta.dirname, "..");
const starts = 7;
const idleSeconds = 10;

const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
};

/** The environment of somebody's own terminal: without npm's variables, and with their Node before the carried one. */
const terminal = (): NodeJS.ProcessEnv => ({
  ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(npm_|INIT_CWD$|NODE$)/i.test(name))),
  PATH: (process.env.PATH ?? "")
    .split(delimiter)
    .filter((folder) => !folder.endsWith(join("node_modules", ".bin")) && !folder.includes("node-gyp-bin"))
    .join(delimiter),
});

/** Starts the product as a user does, and waits for `/debug/ready`; `ms` counts from the start of npm itself. */
const start = async (port: number, dataDir: string): Promise<{ child: ChildProcess; ms: number }> => {
  const began = performance.now();
  const child = spawn("npm", ["start", "--silent"], {
    cwd: root,
    detached: true,
    env: { ...terminal(), MUNOT_PORT: String(port), MUNOT_DATA_DIR: dataDir },
    stdio: "ignore",
  });
  while (performance.now() - began < 120_000) {
    const answer = await fetch(`http://127.0.0.1:${port}/debug/ready`).catch(() => null);
    if (answer?.ok) return { child, ms: performance.now() - began };
    if (child.exitCode !== null) throw new Error("npm start ended before Munot was ready: run it to see why");
    await sleep(5);
  }
  throw new Error("Munot did not become ready in two minutes");
};

/** Ends npm and the server, which share the process group that `start` made. */
const stop = async (child: ChildProcess): Promise<void> => {
  const exited = once(child, "exit");
  if (child.pid !== undefined) process.kill(-child.pid, "SIGTERM");
  await exited;
};

const childrenOf = (pid: number): readonly number[] =>
  readdirSync("/proc").flatMap((name) => {
    if (!/^\d+$/.test(name)) return [];
    try {
      const parent = Number(/^PPid:\s+(\d+)/m.exec(readFileSync(`/proc/${name}/status`, "utf8"))?.[1]);
      return parent === pid ? [Number(name)] : [];
    } catch {
      return [];
    }
  });

/** Resident memory in MB of the largest process below npm: the server (Linux only). */
const serverMemoryMb = (npm: number): number => {
  const below = (pid: number): readonly number[] => childrenOf(pid).flatMap((child) => [child, ...below(child)]);
  return Math.max(0, ...below(npm).map(memoryMbOf));
};

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

/** Time of a later `npm start` until ready, and the idle server's memory. */
export const footprint = async (): Promise<void> => {
  const dataDir = mkdtempSync(join(tmpdir(), "munot-bench-"));
  const port = await freePort();
  const times: number[] = [];
  let memoryMb = 0;
  try {
    const first = await start(port, dataDir);
    await stop(first.child);
    for (let run = 0; run < starts; run += 1) {
      const { child, ms } = await start(port, dataDir);
      times.push(ms);
      if (run === starts - 1) {
        await sleep(idleSeconds * 1_000);
        memoryMb = serverMemoryMb(child.pid ?? 0);
      }
      await stop(child);
    }
  } finally {
    rmSync(dataDir, { recursive: true, force: true });
  }
  const figures = {
    readyMsMedian: Math.round(median(times)),
    readyMsMin: Math.round(Math.min(...times)),
    readyMsMax: Math.round(Math.max(...times)),
    idleMemoryMb: Math.round(memoryMb),
  };
  console.log(
    `npm start to ready   ${figures.readyMsMedian} ms (median of ${starts}, ${figures.readyMsMin} to ${figures.readyMsMax})`,
  );
  console.log(`idle server memory   ${figures.idleMemoryMb} MB resident after ${idleSeconds} s`);
  record("footprint", figures);
};
