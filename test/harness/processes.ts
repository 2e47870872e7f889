import { randomBytes } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Balancer, startBalancer } from "./balancer.ts";
import { launch, type RunningMunot } from "./munot.ts";
import { freePort } from "./ports.ts";
import { freshPostgres } from "./postgres.ts";

/** Several Munot processes on one PostgreSQL database behind a proxy; `url` is the proxy's, as users see it. */
export type RunningProcesses = {
  readonly url: string;
  readonly ownerPat: string;
  readonly loginClientPat: string;
  readonly databaseUrl: string;
  readonly masterKey: string;
  readonly balancer: Balancer;
  /** the processes, each by its own port */
  readonly nodes: RunningMunot[];
  readonly stop: () => Promise<void>;
};

export const newMasterKey = (): string => randomBytes(32).toString("base64url");

/** Starts them all at the same moment on an empty database. */
export const startProcesses = async (count = 2, env: Record<string, string> = {}): Promise<RunningProcesses> => {
  const postgres = await freshPostgres();
  const folder = mkdtempSync(join(tmpdir(), "munot-test-"));
  const ports = await Promise.all(Array.from({ length: count }, freePort));
  const balancer = await startBalancer(ports);
  const masterKey = newMasterKey();
  const shared = {
    MUNOT_DATABASE_URL: postgres.url,
    MUNOT_MASTERKEY: masterKey,
    MUNOT_EXTERNAL_URL: balancer.url,
    MUNOT_TRUSTED_PROXIES: "127.0.0.1",
    MUNOT_FIRST_MACHINE_USERNAME: "owner",
    MUNOT_FIRST_MACHINE_PAT_FILE: join(folder, "owner.pat"),
    MUNOT_FIRST_LOGIN_CLIENT_PAT_FILE: join(folder, "login-client.pat"),
    ...env,
  };
  const starting = await Promise.allSettled(
    ports.map((port, index) => {
      const dataDir = join(folder, `node-${index}`);
      mkdirSync(dataDir);
      return launch(port, dataDir, { ...shared, MUNOT_PORT: String(port), MUNOT_DATA_DIR: dataDir }, async () => {});
    }),
  );
  const nodes = starting.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
  const stop = async () => {
    await Promise.all(nodes.map((node) => node.end("SIGKILL")));
    await balancer.close();
    await postgres.drop();
    rmSync(folder, { recursive: true, force: true });
  };
  const failed = starting.find((one) => one.status === "rejected");
  if (failed) {
    await stop();
    throw failed.reason;
  }
  const read = (file: string) => readFileSync(join(folder, file), "utf8").trim();
  return {
    url: balancer.url,
    ownerPat: read("owner.pat"),
    loginClientPat: read("login-client.pat"),
    databaseUrl: postgres.url,
    masterKey,
    balancer,
    nodes,
    stop,
  };
};
