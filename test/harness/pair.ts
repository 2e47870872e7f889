import type { RunningMunot } from "./munot.ts";
import { type RunningProcesses, startProcesses } from "./processes.ts";

/**
 * Two processes behind a proxy that look like one: each request goes to the other one than the last, so that whatever a
 * process remembers and should not is found by any test that asks twice.
 */
export const startPair = async (env: Readonly<Record<string, string>>): Promise<RunningMunot> => {
  // The proxy hands on what callers say of themselves: nobody's forwarded headers count.
  const running = await startProcesses(2, { MUNOT_TRUSTED_PROXIES: "", ...env });
  return asOne(running);
};

const asOne = (running: RunningProcesses): RunningMunot => {
  const { nodes, balancer } = running;
  const [first] = nodes;
  if (first === undefined) throw new Error("no process was started");
  return {
    url: running.url,
    port: balancer.port,
    pid: first.pid,
    dataDir: first.dataDir,
    ownerPat: running.ownerPat,
    loginClientPat: running.loginClientPat,
    databaseSettings: { MUNOT_DATABASE_URL: running.databaseUrl, MUNOT_MASTERKEY: running.masterKey },
    output: () => nodes.map((node) => node.output()).join("\n"),
    restart: async (others) => {
      nodes.splice(0, nodes.length, ...(await Promise.all(nodes.map((node) => node.restart(others)))));
      return asOne(running);
    },
    end: async (signal) => {
      const codes = await Promise.all(nodes.map((node) => node.end(signal)));
      return codes.find((code) => code !== 0) ?? codes[0] ?? null;
    },
    stop: () => running.stop(),
  };
};
