import { expect, test } from "vitest";
import { streamRef } from "../../src/kernel/event.ts";

import { limits } from "../../src/kernel/limits.ts";
import type { StreamLocks } from "../../src/kernel/runner.ts";
import { type AppendUnit, type StoredStream, VersionConflict } from "../../src/kernel/store.ts";
import { instant } from "../../src/kernel/time.ts";
import { verifyChain } from "../../src/platform/eventstore/verify-chain.ts";
import { verifyProjections } from "../../src/platform/projections/verify.ts";
import { describeOnBothDatabases, testInstance, wallClock } from "../harness/store.ts";
import {
  addPerson,
  contractCtx,
  contractSetup,
  countPerson,
  erasePerson,
  person,
  personPart,
  readTables,
} from "./fixture.ts";

const ctx = contractCtx();

describeOnBothDatabases("append", (open) => {
  test("what was appended is read at once: state, read table, claim", async () => {
    const { run, db, store } = await open(contractSetup);
    await run(addPerson, ctx, { id: "1", name: "Ada", email: "ada@example.com" });
    const done = await run(countPerson, ctx, { id: "1", events: 3 });
    expect(done).toMatchObject({ sequence: 4, result: { count: 3 } });
    expect(await db.selectFrom("people").selectAll().where("instance_id", "=", testInstance).execute()).toMatchObject([
      { id: "1", name: "Ada", count: 3 },
    ]);
    const [stored] = await store.load(testInstance, [streamRef(person, "1")]);
    expect(stored).toMatchObject({ version: 4, state: { count: 3, name: "Ada" } });
  });

  test("a claimed value belongs to one holder until it is released", async () => {
    const { run } = await open(contractSetup);
    await run(addPerson, ctx, { id: "1", name: "Ada", email: "ada@example.com" });
    await expect(run(addPerson, ctx, { id: "2", name: "ADA", email: "x@example.com" })).rejects.toMatchObject({
      code: "user.user_name_taken",
    });
    await run(erasePerson, ctx, { id: "1" });
    await run(addPerson, ctx, { id: "2", name: "ADA", email: "x@example.com" });
  });

  test("50 concurrent counting commands on one stream count 50", async () => {
    const { run } = await open(contractSetup);
    await run(addPerson, ctx, { id: "1", name: "Ada", email: "ada@example.com" });
    const all = await Promise.all(Array.from({ length: 50 }, () => run(countPerson, ctx, { id: "1" })));
    expect(all.map((done) => done.result.count).sort((a, b) => a - b)).toEqual(
      Array.from({ length: 50 }, (_, i) => i + 1),
    );
  });

  test("counting commands of several processes count all: conflicts are decided again, not lost", async () => {
    const { run, db } = await open({ ...contractSetup, locks: noLocks });
    await run(addPerson, ctx, { id: "1", name: "Ada", email: "ada@example.com" });
    const all = await Promise.all(Array.from({ length: 20 }, () => run(countPerson, ctx, { id: "1" })));
    expect(new Set(all.map((done) => done.sequence)).size).toBe(20);
    expect(
      await db.selectFrom("people").select("count").where("instance_id", "=", testInstance).executeTakeFirst(),
    ).toEqual({ count: 20 });
  });

  test("first acts of a user on many streams at once make one key for its address", async () => {
    const { run, database } = await open(contractSetup);
    const asUser = contractCtx("900");
    const ids = Array.from({ length: 20 }, (_, index) => String(index + 1));
    await Promise.all(ids.map((id) => run(addPerson, asUser, { id, name: `p${id}`, email: `${id}@example.com` })));
    const keys = await database.read({
      sql: "select subject from subject_keys where subject = 'user:900'",
      parameters: [],
    });
    expect(keys).toHaveLength(1);
  });

  test("a state above the limit is refused", async () => {
    const { run } = await open(contractSetup);
    const name = "n".repeat(limits.stateBytes);
    await expect(run(addPerson, ctx, { id: "1", name, email: "ada@example.com" })).rejects.toThrow(/has \d+ bytes/);
  });

  test("an event that writes more rows than the limit is refused", async () => {
    const many: typeof personPart = {
      ...personPart,
      project: (event, compiler) =>
        Array.from({ length: limits.statementsPerEvent + 1 }, () =>
          compiler.deleteFrom("people").where("instance_id", "=", event.instanceId).where("id", "=", event.id),
        ),
    };
    const { run } = await open({ ...contractSetup, parts: [many] });
    await expect(run(addPerson, ctx, { id: "1", name: "Ada", email: "a" })).rejects.toThrow(/the limit is 12/);
  });

  test("two writers of one version: exactly one wins, and nothing of the other is stored", async () => {
    const { run, store, db } = await open(contractSetup);
    await run(addPerson, ctx, { id: "1", name: "Ada", email: "ada@example.com" });
    const [before] = await store.load(testInstance, [streamRef(person, "1")]);
    if (before === undefined) throw new Error("not loaded");
    const writes = await Promise.allSettled(Array.from({ length: 8 }, () => store.append(counted(before))));
    expect(writes.filter((one) => one.status === "fulfilled")).toHaveLength(1);
    for (const lost of writes.filter((one) => one.status === "rejected")) {
      expect(lost.reason).toBeInstanceOf(VersionConflict);
    }
    expect(
      await db.selectFrom("people").select("count").where("instance_id", "=", testInstance).executeTakeFirst(),
    ).toEqual({ count: 1 });
  });

  test("two writers that create one stream: one wins", async () => {
    const { store, run } = await open({ ...contractSetup, locks: noLocks });
    const both = await Promise.allSettled(
      ["Ada", "Eve"].map((name) => run(addPerson, ctx, { id: "1", name, email: `${name}@example.com` })),
    );
    expect(both.map((one) => one.status).sort()).toEqual(["fulfilled", "rejected"]);
    const [stored] = await store.load(testInstance, [streamRef(person, "1")]);
    expect(stored?.version).toBe(1);
  });

  test("200 concurrent writers on 50 streams: every acknowledged event is there once, versions have no gaps", async () => {
    // Without the locks of the process, so that the database alone keeps the promise.
    const { run, database, sealer } = await open({ ...contractSetup, locks: noLocks });
    const ids = Array.from({ length: 50 }, (_, index) => String(index + 1));
    await Promise.all(ids.map((id) => run(addPerson, ctx, { id, name: `p${id}`, email: `${id}@example.com` })));
    const done = await Promise.all(
      Array.from({ length: 200 }, (_, writer) => run(countPerson, ctx, { id: String((writer % 50) + 1) })),
    );
    const acknowledged = done.map((one) => `${one.id}/${one.sequence}`).sort();
    expect(new Set(acknowledged).size).toBe(200);
    const stored = await database.read({
      sql: "select id, version from events where type = 'person.counted'",
      parameters: [],
    });
    expect(stored.map((row) => `${row.id}/${row.version}`).sort()).toEqual(acknowledged);
    expect(await verifyChain(database)).toEqual({ events: 250, breaks: [] });
    expect(
      await verifyProjections({ ...contractSetup, database, sealer, tables: readTables, now: wallClock() }),
    ).toEqual([]);
  });
});

const counted = (before: StoredStream): AppendUnit => {
  const event = {
    instanceId: testInstance,
    kind: "user",
    id: "1",
    version: 2,
    type: "person.counted",
    payload: { by: 1 },
    personal: {},
    actor: { kind: "system", id: "cli" },
    ownerOrg: null,
    at: instant(before.at + 1),
  } as const;
  const state = { status: "living", name: "Ada", claim: null, count: 1 };
  const change = { before, stream: person, id: "1", ownerOrg: null, events: [event], state };
  return { ...ctx, changes: [change], take: [], release: [], tokens: [], jobs: [] };
};

/** Lets all through at once. */
const noLocks: StreamLocks = { hold: async () => ({ contended: false, release: () => undefined }) };
