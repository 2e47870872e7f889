import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { migrations } from "../../migrations/index.ts";
import { type Balancer, startBalancer } from "./balancer.ts";
import { launch, ownEntry, type RunningMunot } from "./munot.ts";
import { freePort } from "./ports.ts";
import { freshPostgres } from "./postgres.ts";
import { newMasterKey } from "./processes.ts";

const root = join(import.meta.dirname, "..", "..");

const git = (...args: readonly string[]): string | null => {
  const { status, stdout } = spawnSync("git", args, { cwd: root, encoding: "utf8", maxBuffer: 1 << 28 });
  return status === 0 ? stdout.trim() : null;
};

/** What came with living beside programs of another age: commits before it refuse a schema that is ahead of theirs. */
const mechanism = "src/platform/db/fence.ts";

export type Commit = { readonly id: string; readonly label: string };

/**
 * Earlier commits that this one must be able to live beside, as far as this clone has them: the one before it, and the last
 * one that knew fewer steps of the schema. A shallow clone has none.
 */
export const earlierCommits = (): readonly Commit[] => {
  const ids = (git("rev-list", "--first-parent", "--max-count=300", "HEAD") ?? "").split("\n").slice(1);
  const able = ids.filter((id) => id !== "" && git("cat-file", "-e", `${id}:${mechanism}`) !== null);
  const steps = (id: string): number =>
    (git("ls-tree", "--name-only", id, "migrations/") ?? "").split("\n").filter((name) => /\/\d{4}-/.test(name)).length;
  const [before] = able;
  const narrower = able.find((id) => steps(id) < migrations.length);
  return [
    ...(before === undefined ? [] : [{ id: before, label: `the commit before (${before.slice(0, 8)})` }]),
    ...(narrower === undefined || narrower === before
      ? []
      : [{ id: narrower, label: `the last commit with fewer schema steps (${narrower.slice(0, 8)})` }]),
  ];
};

/** Builds an earlier commit's program in a folder of its own, on this checkout's packages. */
export const buildCommit = (commit: Commit): { readonly entry: readonly string[]; readonly remove: () => void } => {
  const folder = mkdtempSync(join(tmpdir(), "munot-earlier-"));
  const archive = spawnSync("git", ["archive", "--format=tar", commit.id], { cwd: root, maxBuffer: 1 << 28 });
  const unpacked = spawnSync("tar", ["-x", "-C", folder], { input: archive.stdout });
  if (archive.status !== 0 || unpacked.status !== 0) throw new Error(`${commit.label} could not be unpacked`);
  symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
  const build = spawnSync(process.execPath, [join(folder, "tools", "build.ts")], { cwd: folder, encoding: "utf8" });
  if (build.status !== 0) throw new Error(`${commit.label} could not be built:\n${build.stderr}`);
  return {
    entry: [join(folder, "tools", "launch.mjs")],
    remove: () => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }),
  };
};

/** This program as if another release came after it. */
export const newerEntry: readonly string[] = [join(import.meta.dirname, "newer-program.ts")];

/** An older and a newer program on one PostgreSQL database behind a proxy; `url` is the proxy's. */
export type TwoReleases = {
  readonly url: string;
  readonly ownerPat: string;
  readonly loginClientPat: string;
  readonly databaseUrl: string;
  readonly balancer: Balancer;
  /** the processes by age; a test that starts one again puts it here */
  readonly node: { older: RunningMunot; newer: RunningMunot };
  /** asks the newer program for what only it can do, where it is {@link newerEntry} */
  readonly askNewer: (path: string) => Promise<unknown>;
  readonly stop: () => Promise<void>;
};

/** Starts the older program on an empty database, then the newer one beside it, as an upgrade does. */
export const startReleases = async (older: readonly string[] = ownEntry, newer = ownEntry): Promise<TwoReleases> => {
  const postgres = await freshPostgres();
  const folder = mkdtempSync(join(tmpdir(), "munot-test-"));
  const [olderPort = 0, newerPort = 0, askPort = 0] = await Promise.all([freePort(), freePort(), freePort()]);
  const balancer = await startBalancer([olderPort, newerPort]);
  const shared = {
    MUNOT_DATABASE_URL: postgres.url,
    MUNOT_MASTERKEY: newMasterKey(),
    MUNOT_EXTERNAL_URL: balancer.url,
    MUNOT_TRUSTED_PROXIES: "127.0.0.1",
    MUNOT_FIRST_MACHINE_USERNAME: "owner",
    MUNOT_FIRST_MACHINE_PAT_FILE: join(folder, "owner.pat"),
    MUNOT_FIRST_LOGIN_CLIENT_PAT_FILE: join(folder, "login-client.pat"),
    NEWER_PORT: String(askPort),
  };
  const started: RunningMunot[] = [];
  const startOne = async (port: number, name: string, entry: readonly string[]): Promise<RunningMunot> => {
    const dataDir = join(folder, name);
    mkdirSync(dataDir);
    const settings = { ...shared, MUNOT_PORT: String(port), MUNOT_DATA_DIR: dataDir };
    const node = await launch(port, dataDir, settings, async () => {}, undefined, entry);
    started.push(node);
    return node;
  };
  const removeAll = async () => {
    await balancer.close();
    await postgres.drop();
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    const node = {
      older: await startOne(olderPort, "older", older),
      newer: await startOne(newerPort, "newer", newer),
    };
    const read = (file: string) => readFileSync(join(folder, file), "utf8").trim();
    return {
      url: balancer.url,
      ownerPat: read("owner.pat"),
      loginClientPat: read("login-client.pat"),
      databaseUrl: postgres.url,
      balancer,
      node,
      askNewer: async (path) => (await fetch(`http://127.0.0.1:${askPort}${path}`)).json(),
      stop: async () => {
        await Promise.all(Object.values(node).map((one) => one.end("SIGKILL")));
        await removeAll();
      },
    };
  } catch (error) {
    await Promise.all(started.map((one) => one.end("SIGKILL")));
    await removeAll();
    throw error;
  }
};
