import type { Kysely } from "kysely";
import { expect, test } from "vitest";
import { z } from "zod";
import { needsNothing } from "../../src/kernel/actor.ts";
import { defineCommand, noFacts } from "../../src/kernel/command.ts";
import { defineStream, streamRef } from "../../src/kernel/event.ts";
import { createRunner } from "../../src/kernel/runner.ts";
import type { Database } from "../../src/platform/db/database.ts";
import type { Migration } from "../../src/platform/db/migration.ts";
import { createStreamLocks } from "../../src/platform/eventstore/locks.ts";
import { purgeStreams } from "../../src/platform/eventstore/purge.ts";
import type { Sealer } from "../../src/platform/eventstore/sealing.ts";
import { openEventStore } from "../../src/platform/eventstore/store.ts";
import { createCatchUp } from "../../src/platform/projections/catch-up.ts";
import type { Part } from "../../src/platform/projections/projection.ts";
import { rebuildProjections } from "../../src/platform/projections/rebuild.ts";
import { countingIds, describeOnBothDatabases, testInstance, wallClock } from "../harness/store.ts";
import {
  addPerson,
  type ContractTables,
  contractCtx,
  contractSetup,
  countPerson,
  erasePerson,
  type PersonState,
  person,
  personPart,
  readTables,
} from "./fixture.ts";

const ctx = contractCtx();

type Digests = { digests: { instance_id: string; id: string; events: number; name: string } };
// The newer program's schema has the older one's tables and its own.
const newer = (db: Kysely<ContractTables>) => db as unknown as Kysely<ContractTables & Digests>;

const digestStep: Migration = {
  name: "9002-digests",
  up: (t) => [
    `create table digests (instance_id ${t.text} not null, id ${t.text} not null, events ${t.int} not null,
       name ${t.text} not null, primary key (instance_id, id))`,
  ],
};

/** The newer program: it counts each person's events too, from events that the older one stores as well. */
const newerPart: Part<ContractTables> = {
  ...personPart,
  project: (event, db) => {
    const digests = newer(db);
    if (event.type === "person.erased") {
      return [
        ...personPart.project(event, db),
        digests.deleteFrom("digests").where("instance_id", "=", event.instanceId).where("id", "=", event.id),
      ];
    }
    const name = String((event.personal as { name?: string } | null)?.name ?? "");
    return [
      ...personPart.project(event, db),
      event.type === "person.added"
        ? digests.insertInto("digests").values({ instance_id: event.instanceId, id: event.id, events: 1, name })
        : digests
            .updateTable("digests")
            .set((now) => ({ events: now("events", "+", 1) }))
            .where("instance_id", "=", event.instanceId)
            .where("id", "=", event.id),
    ];
  },
  raised: {
    level: 1,
    reset: ({ instanceId, id }, db) =>
      (["people", "digests"] as const).map((table) =>
        newer(db).deleteFrom(table).where("instance_id", "=", instanceId).where("id", "=", id),
      ),
  },
};

describeOnBothDatabases("read tables that an older program leaves unfilled", (open) => {
  /** A second program on the same database: its own store, with its own parts. */
  const runnerOf = async (
    database: Database<ContractTables>,
    sealer: Sealer,
    parts: readonly Part<ContractTables>[],
  ) => {
    const tokenStatements = () => [];
    const store = await openEventStore({ database, parts, sealer, tokenStatements, now: wallClock() });
    const deps = { store, sources: {}, locks: createStreamLocks(), newId: countingIds() };
    return createRunner({ ...deps, monotonicMs: () => performance.now() });
  };
  const both = async () => {
    const {
      database,
      sealer,
      run: older,
    } = await open<ContractTables, object>({
      ...contractSetup,
      migrations: [...contractSetup.migrations, digestStep],
    });
    const parts = [newerPart];
    const skipped: string[] = [];
    const onSkipped = ({ id }: { readonly id: string }) => void skipped.push(id);
    const catchUp = createCatchUp({ database, parts, sealer, onSkipped });
    const digests = async () => {
      const rows = await newer(database.db)
        .selectFrom("digests")
        .innerJoin("people", (join) =>
          join.onRef("people.instance_id", "=", "digests.instance_id").onRef("people.id", "=", "digests.id"),
        )
        .select(["digests.id", "digests.events", "people.count"])
        .where("digests.instance_id", "=", testInstance)
        .where("people.instance_id", "=", testInstance)
        .orderBy("digests.id")
        .execute();
      return rows.map(({ id, events, count }) => [id, events, count]);
    };
    const newerRun = await runnerOf(database, sealer, parts);
    return { database, sealer, older, newer: newerRun, catchUp, digests, skipped };
  };
  const add = (id: string) => ({ id, name: `p${id}`, email: `${id}@example.com` });

  test("are filled from the log, once; streams that stand at its level are left alone", async () => {
    const { older, catchUp, digests } = await both();
    for (const id of ["1", "2", "3"]) await older(addPerson, ctx, add(id));
    await older(countPerson, ctx, { id: "2", events: 5 });
    await older(erasePerson, ctx, { id: "3" });
    expect(await digests()).toEqual([]);
    expect(await catchUp.all()).toBe(3);
    expect(await digests()).toEqual([
      ["1", 1, 0],
      ["2", 6, 5],
    ]);
    expect(await catchUp.all()).toBe(0);
  });

  test("stay right while both write, one after the other and at once", async () => {
    const { older, newer: run, catchUp, digests } = await both();
    await older(addPerson, ctx, add("1"));
    // The newer one appends to what the older one wrote, without anybody having filled the table before.
    await run(countPerson, ctx, { id: "1" });
    await older(countPerson, ctx, { id: "1" });
    await run(countPerson, ctx, { id: "1" });
    expect(await digests()).toEqual([["1", 4, 3]]);

    const ids = ["2", "3", "4"];
    for (const id of ids) await (id === "3" ? run : older)(addPerson, ctx, add(id));
    let busy = true;
    const filling = (async () => {
      while (busy) {
        await catchUp.all();
        await new Promise((resolve) => setImmediate(resolve));
      }
    })();
    const each = Array.from({ length: 60 }, (_, index) =>
      (index % 2 === 0 ? older : run)(countPerson, ctx, { id: ids[index % 3] ?? "2" }),
    );
    await Promise.all(each);
    busy = false;
    await filling;
    await catchUp.all();
    expect(await digests()).toEqual([
      ["1", 4, 3],
      ["2", 21, 20],
      ["3", 21, 20],
      ["4", 21, 20],
    ]);
  });

  test("keep nothing of whom or what the older program has removed", async () => {
    const { database, older, newer: run, catchUp, digests } = await both();
    for (const id of ["1", "2"]) await run(addPerson, ctx, add(id));
    await older(erasePerson, ctx, { id: "1" });
    await purgeStreams(database, {
      instanceId: testInstance,
      kind: "user",
      ids: ["2"],
      // What the older program knows of.
      alongWith: () => [{ sql: "delete from people where id = '2'", parameters: [] }],
    });
    expect(await catchUp.all()).toBe(2);
    expect(await digests()).toEqual([]);
    const [row] = await database.read({ sql: "select count(*) as n from digests", parameters: [] });
    expect(row?.n).toBe(0);
  });

  test("are written anew after the older program has rebuilt its own", async () => {
    const { database, sealer, older, newer: run, catchUp, digests } = await both();
    await older(addPerson, ctx, add("1"));
    await run(addPerson, ctx, add("2"));
    await rebuildProjections({ database, parts: [personPart], sealer, tables: readTables });
    expect(await catchUp.all()).toBe(2);
    expect(await digests()).toEqual([
      ["1", 1, 0],
      ["2", 1, 0],
    ]);
  });
});

/** The same stream in a later release: a type of event more, and a state that depends on it. */
const laterPerson = defineStream<PersonState & { readonly nickname?: string }>()({
  ...person,
  revision: person.revision + 1,
  events: { ...person.events, "person.nicknamed": { payload: z.object({ nickname: z.string() }) } },
  evolve: {
    ...person.evolve,
    "person.nicknamed": (state, { payload }) => ({ ...state, nickname: payload.nickname }),
  },
});

const nicknamePerson = defineCommand({
  name: "contract.nickname",
  input: z.object({ id: z.string() }),
  streams: ({ input }) => ({ person: streamRef(laterPerson, input.id) }),
  permit: () => needsNothing,
  facts: noFacts,
  decide: ({ streams }) => ({
    events: [streams.person.record("person.nicknamed", { nickname: "Bee" })],
    result: { nickname: streams.person.state.nickname ?? null },
  }),
});

describeOnBothDatabases("what a later program has written", (open) => {
  const laterPart: Part<ContractTables> = {
    ...personPart,
    stream: laterPerson,
    project: (event, db) => (event.type === "person.nicknamed" ? [] : personPart.project(event, db)),
  };
  const both = async () => {
    const { database, sealer, store, run: earlier } = await open<ContractTables, object>(contractSetup);
    const laterStore = await openEventStore({
      database,
      parts: [laterPart],
      sealer,
      tokenStatements: () => [],
      now: wallClock(),
    });
    const deps = { store: laterStore, sources: {}, locks: createStreamLocks(), newId: countingIds() };
    return { store, earlier, later: createRunner({ ...deps, monotonicMs: () => performance.now() }) };
  };

  test("states of another revision are folded by each from the events both know", async () => {
    const { earlier, later } = await both();
    await earlier(addPerson, ctx, { id: "1", name: "bea", email: "bea@example.com" });
    // A command of the later program that records nothing new in kind stores its own revision of the state.
    const laterCount = {
      ...countPerson,
      streams: () => ({ person: streamRef(laterPerson, "1") }),
    } as typeof countPerson;
    expect((await later(laterCount, ctx, { id: "1" })).result).toEqual({ count: 1 });
    expect((await earlier(countPerson, ctx, { id: "1" })).result).toEqual({ count: 2 });
    expect((await later(laterCount, ctx, { id: "1" })).result).toEqual({ count: 3 });
  });

  test("an event that the earlier one does not know keeps it from deciding, and it harms nothing", async () => {
    const { store, earlier, later } = await both();
    await earlier(addPerson, ctx, { id: "1", name: "bea", email: "bea@example.com" });
    await later(nicknamePerson, ctx, { id: "1" });
    await expect(earlier(countPerson, ctx, { id: "1" })).rejects.toMatchObject({
      code: "stream.newer",
      kind: "unavailable",
    });
    await expect(store.load(testInstance, [streamRef(person, "1")])).rejects.toMatchObject({ code: "stream.newer" });
    expect((await later(nicknamePerson, ctx, { id: "1" })).result).toEqual({ nickname: "Bee" });
    // Other streams of the kind are as good as ever.
    await earlier(addPerson, ctx, { id: "2", name: "cleo", email: "cleo@example.com" });
  });
});

describeOnBothDatabases("an event from before a field was thought of", (open) => {
  test("has the field's default when it is folded and projected, and stays a fact where today's rules refuse it", async () => {
    const { database, sealer, run } = await open<ContractTables, object>(contractSetup);
    await run(addPerson, ctx, { id: "1", name: "ada", email: "ada@example.com" });
    await run(countPerson, ctx, { id: "1", by: 3 });
    const today = defineStream<PersonState & { readonly unit?: string }>()({
      ...person,
      revision: person.revision + 1,
      events: {
        ...person.events,
        "person.added": {
          ...person.events["person.added"],
          payload: z.object({ note: z.string().min(1).default("none") }),
        },
        "person.counted": { payload: z.object({ by: z.int(), unit: z.string().default("pieces") }) },
      },
      evolve: { ...person.evolve, "person.counted": (state, { payload }) => ({ ...state, unit: payload.unit }) },
    });
    const parts: Part<ContractTables>[] = [{ ...personPart, stream: today }];
    const store = await openEventStore({ database, parts, sealer, tokenStatements: () => [], now: wallClock() });
    const [stored] = await store.load(testInstance, [streamRef(today, "1")]);
    expect(stored?.state).toMatchObject({ name: "ada", unit: "pieces" });
  });
});
