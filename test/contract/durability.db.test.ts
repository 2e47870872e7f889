import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { DataDirBusy } from "../../src/platform/db/data-dir.ts";
import { openDatabase } from "../../src/platform/db/open.ts";
import { startCluster } from "../harness/postgres.ts";
import { findStrace } from "../harness/programs.ts";
import { describeOnBothDatabases, openStoreAt } from "../harness/store.ts";
import { addPerson, contractCtx, contractSetup, countPerson } from "./fixture.ts";

const ctx = contractCtx();
const appends = 8;

/** The durability tests look at system calls, which Linux shows by strace. */
const onLinux = test.runIf(process.platform === "linux");

const strace = (): string => {
  const found = findStrace();
  if (found === undefined) throw new Error("strace is needed for this test: install it and put it on the PATH.");
  return found;
};

const folder = () => {
  const path = mkdtempSync(join(tmpdir(), "munot-durability-"));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
};

onLinux("SQLite: what an acknowledgement speaks of has been synced to the disk before it", async () => {
  const { path, remove } = folder();
  const trace = join(path, "trace");
  const dataDir = join(path, "data");
  const child = new URL("./crash-child.ts", import.meta.url).pathname;
  const writer = spawn(
    strace(),
    [
      ...["-f", "-y", "-o", trace, "-e", "trace=fsync,fdatasync,write,pwrite64", "-e", "signal=none"],
      ...[process.execPath, child, JSON.stringify({ dataDir }), "1", String(appends)],
    ],
    { stdio: ["pipe", "ignore", "inherit"] },
  );
  writer.stdin.write("go\n");
  const [code] = await once(writer, "exit");
  expect(code).toBe(0);

  // In the order of the calls: writes to the write-ahead log, syncs of it, acknowledgements.
  const calls = readFileSync(trace, "utf8")
    .split("\n")
    .flatMap((line) => {
      if (/ pwrite64\(\d+<[^>]*munot\.db-wal>/.test(line)) return ["write"];
      if (/ f(data)?sync\(\d+<[^>]*munot\.db-wal>\)\s+= 0/.test(line)) return ["sync"];
      return / write\(1<[^>]*>, "ack /.test(line) ? ["ack"] : [];
    });
  const turns = calls.join(" ").split("ack").slice(0, -1);
  expect(turns).toHaveLength(appends);
  for (const turn of turns) expect(turn).toMatch(/write sync $/);
  remove();
});

onLinux("PostgreSQL: what an acknowledgement speaks of has been synced to the disk before it", async () => {
  const { path, remove } = folder();
  const trace = join(path, "trace");
  const cluster = await startCluster();
  const { run, database, close } = await openStoreAt({ url: cluster.url }, { ...contractSetup, connections: 1 });
  await run(addPerson, ctx, { id: "1", name: "Ada", email: "ada@example.com" });
  const [backend] = await database.read({ sql: "select pg_backend_pid() as pid", parameters: [] });
  const pids = siblings(Number(backend?.pid));
  const tracer = spawn(strace(), [
    ...["-y", "-o", trace, "-e", "trace=fsync,fdatasync", "-e", "signal=none"],
    ...pids.flatMap((pid) => ["-p", String(pid)]),
  ]);
  let said = "";
  tracer.stderr.on("data", (chunk) => {
    said += chunk;
  });
  while (said.split("attached").length <= pids.length) await sleep(10);

  const syncs = () => (readFileSync(trace, "utf8").match(/f(data)?sync\(\d+<[^>]*pg_wal[^>]*>\)\s+= 0/g) ?? []).length;
  // A traced process cannot go on to answer before strace has written down the call that it returned from.
  const grown: boolean[] = [];
  for (let count = 0; count < appends; count += 1) {
    const before = syncs();
    await run(countPerson, ctx, { id: "1" });
    grown.push(syncs() > before);
  }
  tracer.kill("SIGINT");
  await once(tracer, "exit");
  await close();
  await cluster.stop();
  remove();
  expect(grown).toEqual(grown.map(() => true));
});

/** A process and all that its parent started: the backend, and who may write the log in its place. */
const siblings = (pid: number): readonly number[] => {
  const parentOf = (of: number): number => {
    try {
      return Number(/^PPid:\s+(\d+)/m.exec(readFileSync(`/proc/${of}/status`, "utf8"))?.[1]);
    } catch {
      // It ended while we looked.
      return 0;
    }
  };
  const parent = parentOf(pid);
  return readdirSync("/proc")
    .map(Number)
    .filter((one) => one > 0 && parentOf(one) === parent);
};

describeOnBothDatabases("settings that keep promises", (open, dialect) => {
  test("commits are synchronous", async () => {
    const { database } = await open(contractSetup);
    if (dialect === "sqlite") {
      const [[row] = []] = await database.write([{ sql: "pragma synchronous", parameters: [] }]);
      expect(row).toEqual({ synchronous: 2 });
      expect(await database.read({ sql: "pragma journal_mode", parameters: [] })).toEqual([{ journal_mode: "wal" }]);
    } else {
      const asked = "select current_setting('synchronous_commit') as commit, current_setting('fsync') as fsync";
      expect(await database.read({ sql: asked, parameters: [] })).toEqual([{ commit: "on", fsync: "on" }]);
    }
  });
});

test("a data folder belongs to one process at a time; others may read beside it", async () => {
  const { path, remove } = folder();
  const first = await openStoreAt({ dataDir: path }, contractSetup);
  await first.run(addPerson, ctx, { id: "1", name: "Ada", email: "ada@example.com" });
  await expect(openDatabase({ dataDir: path })).rejects.toThrow(DataDirBusy);
  const beside = await openDatabase({ dataDir: path, readOnly: true });
  expect(await beside.read({ sql: "select count(*) as events from events", parameters: [] })).toEqual([{ events: 1 }]);
  await expect(beside.write([{ sql: "delete from events", parameters: [] }])).rejects.toThrow("opened to read");
  await beside.close();
  await first.close();
  const second = await openDatabase({ dataDir: path });
  await second.close();
  remove();
});
