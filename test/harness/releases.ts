import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
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

/** An earlier program that was built, in a folder of its own. */
type EarlierProgram = { readonly label: string; readonly entry: readonly string[]; readonly remove: () => void };

/** How far back a commit is looked for that can be built by itself. */
const lookedBack = 10;

/**
 * The program of the commit before this one, beside which this one must be able to live; of one before that, where it
 * cannot be built by itself. None in a shallow clone. `MUNOT_TEST_EARLIER` names another commit, for trying a release.
 */
export const earlierPrograms = (): readonly EarlierProgram[] => {
  const asked = process.env.MUNOT_TEST_EARLIER;
  const names = asked === undefined ? Array.from({ length: lookedBack }, (_, index) => `HEAD~${index + 1}`) : [asked];
  for (const name of names) {
    const id = git("rev-parse", "--verify", "--quiet", `${name}^{commit}`);
    if (id === null || git("cat-file", "-e", `${id}:${mechanism}`) === null) break;
    const built = buildCommit(id);
    if (built !== null) return [{ label: `the program of ${name} (${id.slice(0, 8)})`, ...built }];
  }
  if (asked !== undefined) throw new Error(`MUNOT_TEST_EARLIER: ${asked} cannot be built, or not live beside another`);
  return [];
};

/** Builds a commit on this checkout's packages; null where it is not whole. */
const buildCommit = (id: string): Pick<EarlierProgram, "entry" | "remove"> | null => {
  const folder = mkdtempSync(join(tmpdir(), "munot-earlier-"));
  const remove = () => rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  const archive = spawnSync("git", ["archive", "--format=tar", id], { cwd: root, maxBuffer: 1 << 28 });
  const unpacked = spawnSync("tar", ["-x", "-C", folder], { input: archive.stdout });
  if (archive.status !== 0 || unpacked.status !== 0) throw new Error(`commit ${id} could not be unpacked`);
  symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
  const { status } = spawnSync(process.execPath, [join(folder, "tools", "build.ts")], { cwd: folder, stdio: "ignore" });
  if (status === 0) return { entry: [join(folder, "tools", "launch.mjs")], remove };
  remove();
  return null;
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
