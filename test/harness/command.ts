import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { expect } from "vitest";
import type { RunningMunot } from "./munot.ts";

const tools = join(import.meta.dirname, "..", "..", "tools");

type Ended = { readonly code: number | null; readonly output: string };

type Start = {
  /** command of the command line; none: the server itself */
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd: string;
};

/** Runs Munot, or a command of its command line, until it ends by itself. */
export const runToEnd = async ({ args, env = {}, cwd }: Start): Promise<Ended> => {
  const entry = args === undefined ? [join(tools, "launch.mjs")] : [join(tools, "munot.mjs"), ...args];
  const child = spawn(process.execPath, entry, {
    cwd,
    env: { PATH: process.env.PATH, ...env },
    stdio: ["ignore", "pipe", "pipe"],
    timeout: 30_000,
    killSignal: "SIGKILL",
  });
  let output = "";
  child.stdout.on("data", (chunk) => {
    output += String(chunk);
  });
  child.stderr.on("data", (chunk) => {
    output += String(chunk);
  });
  await once(child, "close");
  return { code: child.exitCode, output };
};

/** Ends Munot and holds its read tables and its hash chains against the log: whatever was done, nothing may differ. */
export const expectConsistent = async (munot: RunningMunot): Promise<void> => {
  await munot.end();
  const verify = await munotCommand(munot, "projections", "verify");
  expect([verify.code, verify.output]).toEqual([0, "The read tables are what the log says.\n"]);
  const audit = await munotCommand(munot, "audit", "verify");
  expect([audit.code, audit.output]).toEqual([0, expect.stringMatching(/every chain holds/)]);
};

/** The command line on the data of a Munot that runs or has run. */
export const munotCommand = (munot: RunningMunot, ...args: string[]): Promise<Ended> =>
  runToEnd({
    args,
    cwd: munot.dataDir,
    env: { MUNOT_DATA_DIR: munot.dataDir, MUNOT_PORT: String(munot.port), ...munot.databaseSettings },
  });
