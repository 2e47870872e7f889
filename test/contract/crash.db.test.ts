import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { verifyChain } from "../../src/platform/eventstore/verify-chain.ts";
import { verifyProjections } from "../../src/platform/projections/verify.ts";
import { describeOnBothDatabases, type Place, wallClock } from "../harness/store.ts";
import { contractSetup, readTables } from "./fixture.ts";

const kills = 50;
const writers = 12;
const child = new URL("./crash-child.ts", import.meta.url).pathname;

type Writer = {
  readonly process: ChildProcessWithoutNullStreams;
  readonly lines: string[];
  readonly said: (word: string) => Promise<void>;
};

const startWriter = (place: Place): Writer => {
  const process_ = spawn(process.execPath, [child, JSON.stringify(place), String(writers), "0"], { stdio: "pipe" });
  const lines: string[] = [];
  let complaint = "";
  process_.stderr.on("data", (chunk) => {
    complaint += chunk;
  });
  const waiting: { word: string; resolve: () => void; reject: (error: Error) => void }[] = [];
  createInterface({ input: process_.stdout }).on("line", (line) => {
    lines.push(line);
    for (const one of waiting) if (line.startsWith(one.word)) one.resolve();
  });
  process_.once("exit", () => {
    for (const one of waiting) one.reject(new Error(`the writer ended early: ${complaint}`));
  });
  const said = (word: string) =>
    lines.some((line) => line.startsWith(word))
      ? Promise.resolve()
      : new Promise<void>((resolve, reject) => waiting.push({ word, resolve, reject }));
  return { process: process_, lines, said };
};

describeOnBothDatabases("SIGKILL under write load", (open, dialect) => {
  test(`${kills} times: all acknowledged is there, nothing is half there, log and read tables agree`, async () => {
    const first = await open(contractSetup);
    const { place } = first;
    await first.close();

    const acknowledged: string[] = [];
    let next = startWriter(place);
    for (let kill = 0; kill < kills; kill += 1) {
      const writer = next;
      await writer.said("loaded");
      writer.process.stdin.write("go\n");
      // The next one loads its modules meanwhile, and opens the database when this one is dead.
      if (kill + 1 < kills) next = startWriter(place);
      await writer.said("writing");
      // However slow the machine is, every second one has told of something before it dies.
      if (kill % 2 === 0) await writer.said("ack");
      await sleep(Math.random() * 150);
      const dead = once(writer.process, "close");
      writer.process.kill("SIGKILL");
      await dead;
      acknowledged.push(...writer.lines.filter((line) => /^ack \S+ \d+$/.test(line)));
    }

    const { database, sealer } = await open({ ...contractSetup, place });
    if (dialect === "postgres") await othersGone(database.read);
    const rows = await database.read({ sql: "select id, version from events", parameters: [] });
    const stored = new Set(rows.map((row) => `ack ${row.id} ${row.version}`));
    expect(acknowledged.length).toBeGreaterThanOrEqual(kills / 2);
    expect(acknowledged.filter((line) => !stored.has(line))).toEqual([]);

    const people = await database.read({ sql: "select id, count from people", parameters: [] });
    const counts = new Map(people.map((row) => [String(row.id), Number(row.count)]));
    for (let pair = 0; pair < 4; pair += 1) expect(counts.get(`pair-${pair}-a`)).toBe(counts.get(`pair-${pair}-b`));
    for (let writer = 0; writer < writers; writer += 1) expect((counts.get(`solo-${writer}`) ?? 0) % 3).toBe(0);

    expect(await verifyChain(database)).toEqual({ events: rows.length, breaks: [] });
    const deps = { ...contractSetup, database, sealer, tables: readTables, now: wallClock() };
    expect(await verifyProjections(deps)).toEqual([]);
  }, 150_000);
});

/** PostgreSQL finishes what a killed client had sent: wait until its backends have ended. */
const othersGone = async (
  read: (statement: { sql: string; parameters: readonly unknown[] }) => Promise<readonly unknown[]>,
) => {
  const others = "select 1 from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()";
  for (let turn = 0; turn < 100; turn += 1) {
    if ((await read({ sql: others, parameters: [] })).length === 0) return;
    await sleep(50);
  }
  throw new Error("backends of killed writers still run");
};
