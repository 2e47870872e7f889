import { expect, test } from "vitest";
import { z } from "zod";
import { type Ctx, needs, needsNothing } from "./actor.ts";
import { defineCommand, noFacts } from "./command.ts";
import { defineStream, ownedWith, readOnlyRef, streamRef } from "./event.ts";
import { instanceId, orgId } from "./ids.ts";
import { createRunner } from "./runner.ts";
import { type AppendUnit, ClaimTaken, type EventStore, type StoredStream, VersionConflict } from "./store.ts";
import { instant } from "./time.ts";

const counter = defineStream<{ count: number }>()({
  kind: "counter",
  revision: 1,
  events: { "counter.raised": { payload: z.object({ by: z.number() }) } },
  initial: { count: 0 },
  claims: {
    "counter.raised": (event) => (event.payload.by === 13 ? { take: [{ kind: "org_name", value: "13" }] } : {}),
  },
  evolve: { "counter.raised": (state, event) => ({ count: state.count + event.payload.by }) },
});

const acme = orgId.parse("acme");

const raise = defineCommand({
  name: "counter.raise",
  input: z.object({ id: z.string(), by: z.number().int() }),
  streams: ({ input }) => ({ counter: streamRef(counter, input.id, acme) }),
  permit: ({ streams }) => needs("org.write", { orgId: streams.counter.ownerOrg }),
  facts: (from: { draw: () => number | Promise<number> }) => from.draw(),
  decide: ({ input, streams, facts }) => ({
    events: [streams.counter.record("counter.raised", { by: input.by })],
    result: { count: streams.counter.state.count + input.by, drawn: facts },
  }),
});

/** The store's contract in a few lines; `before` runs ahead of each append, to let somebody else be faster. */
const memory = (before: (unit: AppendUnit) => void = () => undefined) => {
  const streams = new Map<string, StoredStream>();
  const taken = new Set<string>();
  let loads = 0;
  const store: EventStore = {
    load: async (_instance, refs) => {
      loads += 1;
      return refs.map(
        (ref) =>
          streams.get(ref.id) ?? { ref, version: 0, ownerOrg: null, state: undefined, at: 0, head: new Uint8Array() },
      );
    },
    append: async (unit) => {
      before(unit);
      for (const claim of unit.take) if (taken.has(claim.value)) throw new ClaimTaken(claim.kind);
      for (const change of unit.changes) {
        if ((streams.get(change.id)?.version ?? 0) !== change.before.version) throw new VersionConflict();
      }
      for (const claim of unit.take) taken.add(claim.value);
      for (const change of unit.changes) {
        const last = change.events.at(-1);
        streams.set(change.id, {
          ...change.before,
          version: last?.version ?? change.before.version,
          ownerOrg: change.ownerOrg,
          state: change.state,
          at: last?.at ?? change.before.at,
        });
      }
    },
  };
  return { store, streams, loads: () => loads };
};

const runner = (store: EventStore, sources = { draw: (): number | Promise<number> => 7 }, contended = false) =>
  createRunner({
    store,
    sources,
    locks: { hold: async () => ({ contended, release: () => undefined }) },
    newId: () => "1",
    monotonicMs: () => 0,
  });

const instance = instanceId.parse("main");
const owner: Ctx = {
  instanceId: instance,
  actor: { kind: "system", name: "setup", memberships: [{ level: "org", orgId: acme, roles: ["ORG_OWNER"] }] },
  now: instant(1_000),
  client: null,
};

test("a command answers where its first stream stands after it", async () => {
  const { store } = memory();
  const run = runner(store);
  await run(raise, owner, { id: "a", by: 2 });
  expect(await run(raise, owner, { id: "a", by: 3 })).toEqual({
    result: { count: 5, drawn: 7 },
    id: "a",
    sequence: 2,
    at: 1_001,
    ownerOrg: acme,
  });
});

test("time in a stream only goes forward, also when the clock stands still", async () => {
  const { store } = memory();
  const run = runner(store);
  const first = await run(raise, owner, { id: "a", by: 1 });
  const second = await run(raise, { ...owner, now: instant(5) }, { id: "a", by: 1 });
  expect(second.at).toBe(first.at + 1);
});

test("input that does not parse is refused with the field's name before anything is loaded", async () => {
  const { store, loads } = memory();
  await expect(runner(store)(raise, owner, { id: "a", by: 0.5 })).rejects.toMatchObject({
    code: "request.invalid",
    details: { fields: [{ path: "by" }] },
  });
  expect(loads()).toBe(0);
});

test("a stranger is refused before facts are gathered", async () => {
  let drawn = 0;
  const { store } = memory();
  const run = runner(store, { draw: () => ++drawn });
  const stranger: Ctx = { ...owner, actor: { kind: "system", name: "job", memberships: [] } };
  await expect(run(raise, stranger, { id: "a", by: 1 })).rejects.toMatchObject({ code: "auth.denied" });
  await expect(run(raise, { ...owner, actor: { kind: "anonymous" } }, { id: "a", by: 1 })).rejects.toMatchObject({
    code: "auth.missing",
  });
  expect(drawn).toBe(0);
});

test("after a conflict the command decides again on fresh state with the same facts", async () => {
  let drawn = 0;
  let others = 3;
  const { store, streams } = memory((unit) => {
    const change = unit.changes[0];
    if (!change || others === 0) return;
    others -= 1;
    const version = change.before.version + 1;
    const state = { count: 100 * version };
    streams.set(change.id, { ...change.before, version, state, ownerOrg: acme, at: 1 });
  });
  const run = runner(store, { draw: async () => ++drawn });
  const done = await run(raise, owner, { id: "a", by: 1 });
  expect(done).toMatchObject({ sequence: 4, result: { count: 301, drawn: 1 } });
  expect(drawn).toBe(1);
});

test("conflicts that never end are refused as contended", async () => {
  let now = 0;
  const { store } = memory(() => {
    throw new VersionConflict();
  });
  const run = createRunner({
    store,
    sources: { draw: () => 1 },
    locks: { hold: async () => ({ contended: false, release: () => undefined }) },
    newId: () => "1",
    monotonicMs: () => (now += 1_000),
  });
  await expect(run(raise, owner, { id: "a", by: 1 })).rejects.toMatchObject({ code: "request.contended" });
});

test("a taken claim becomes its named refusal", async () => {
  const { store } = memory();
  const run = runner(store);
  await run(raise, owner, { id: "a", by: 13 });
  await expect(run(raise, owner, { id: "b", by: 13 })).rejects.toMatchObject({ code: "org.name_taken" });
});

test("a decision without events stores nothing and still answers", async () => {
  const { store } = memory(() => {
    throw new Error("nothing to append");
  });
  const look = defineCommand({
    name: "counter.look",
    input: z.object({}),
    streams: () => ({ counter: streamRef(counter, "a") }),
    permit: () => needsNothing,
    facts: noFacts,
    decide: ({ streams }) => ({ events: [], result: streams.counter.exists }),
  });
  expect(await runner(store)(look, owner, {})).toMatchObject({ result: false, sequence: 0 });
});

test("a new stream belongs to the owner of the one it is owned with, and streams that are only read are not locked", async () => {
  const { store, streams } = memory();
  await runner(store)(raise, owner, { id: "parent", by: 1 });
  const child = defineCommand({
    name: "counter.child",
    input: z.object({}),
    streams: () => {
      const parent = readOnlyRef(counter, "parent");
      return { child: ownedWith(counter, "child", parent), parent };
    },
    permit: ({ streams }) => needs("org.write", { orgId: streams.child.ownerOrg }),
    facts: noFacts,
    decide: ({ streams }) => ({ events: [streams.child.record("counter.raised", { by: 1 })], result: null }),
  });
  const locked: string[] = [];
  const run = createRunner({
    store,
    sources: {},
    locks: { hold: async (keys) => ({ contended: false, release: () => void locked.push(...keys) }) },
    newId: () => "1",
    monotonicMs: () => 0,
  });
  const done = await run(child, owner, {});
  expect([done.ownerOrg, streams.get("child")?.ownerOrg]).toEqual([acme, acme]);
  expect(locked).toEqual(["main/counter/child"]);
});
