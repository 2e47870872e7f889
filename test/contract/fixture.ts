import { z } from "zod";
import { eventlog } from "../../migrations/0001-eventlog.ts";
import { tombstones } from "../../migrations/0010-tombstones.ts";
import { projectedLevels } from "../../migrations/0014-projected-levels.ts";
import { type Ctx, needsNothing } from "../../src/kernel/actor.ts";
import { defineCommand, noFacts } from "../../src/kernel/command.ts";
import { type Claim, defineStream, streamRef } from "../../src/kernel/event.ts";
import { orgId, userId as userIdSchema } from "../../src/kernel/ids.ts";
import { instant } from "../../src/kernel/time.ts";
import type { Migration } from "../../src/platform/db/migration.ts";
import { type Part, part } from "../../src/platform/projections/projection.ts";
import { testInstance } from "../harness/store.ts";

/** A person with a name and a counter: enough domain to try the log, and none of the product's. */
export type PersonState = {
  readonly status: "absent" | "living" | "erased";
  readonly name: string | null;
  readonly claim: Claim | null;
  readonly count: number;
};

const initial: PersonState = { status: "absent", name: null, claim: null, count: 0 };
const nameClaim = (name: string): Claim => ({ kind: "user_name", value: name.toLowerCase() });

export const person = defineStream<PersonState>()({
  // The kind whose subject is also an actor's.
  kind: "user",
  revision: 1,
  events: {
    "person.added": {
      payload: z.object({ note: z.string().default("") }),
      personal: z.object({ name: z.string(), email: z.string() }),
    },
    "person.counted": { payload: z.object({ by: z.int() }) },
    "person.mailed": { payload: z.object({}), personal: z.object({ text: z.string() }) },
    "person.erased": { payload: z.object({}) },
  },
  initial,
  erases: ["person.erased"],
  claims: {
    "person.added": (event) => (event.personal ? { take: [nameClaim(event.personal.name)] } : {}),
    "person.erased": (_event, before) => (before.claim ? { release: [before.claim] } : {}),
  },
  evolve: {
    "person.added": (state, { personal }) => ({
      ...state,
      status: "living",
      name: personal?.name ?? null,
      claim: personal ? nameClaim(personal.name) : null,
    }),
    "person.counted": (state, { payload }) => ({ ...state, count: state.count + payload.by }),
    "person.mailed": (state) => state,
    "person.erased": (state) => ({ ...initial, status: "erased", count: state.count }),
  },
});

export type ContractTables = {
  people: { instance_id: string; id: string; name: string; email: string; count: number; changed_at: number };
};

const contractMigration: Migration = {
  name: "9001-contract",
  up: (t) => [
    `create table people (
       instance_id ${t.text} not null,
       id ${t.text} not null,
       name ${t.text} not null,
       email ${t.text} not null,
       count ${t.int} not null check (count >= 0),
       changed_at ${t.int} not null,
       primary key (instance_id, id)
     )`,
  ],
};

export const personPart: Part<ContractTables> = part<ContractTables, typeof person>(
  person,
  {
    "person.added": (event, db) =>
      event.personal === null
        ? []
        : [
            db.insertInto("people").values({
              instance_id: event.instanceId,
              id: event.id,
              name: event.personal.name,
              email: event.personal.email,
              count: 0,
              changed_at: event.at,
            }),
          ],
    "person.counted": (event, db) => [
      db
        .updateTable("people")
        .set((now) => ({ count: now("count", "+", event.payload.by), changed_at: event.at }))
        .where("instance_id", "=", event.instanceId)
        .where("id", "=", event.id),
    ],
    "person.mailed": () => [],
    "person.erased": (event, db) => [
      db.deleteFrom("people").where("instance_id", "=", event.instanceId).where("id", "=", event.id),
    ],
  },
  {
    "person.mailed": (event) => [
      {
        kind: "mail",
        key: `${event.id}/${event.version}/mail`,
        payload: { text: event.personal?.text ?? "" },
        subject: `user:${event.id}`,
      },
    ],
  },
);

export const addPerson = defineCommand({
  name: "contract.add",
  input: z.object({ id: z.string(), name: z.string(), email: z.string() }),
  streams: ({ input }) => ({ person: streamRef(person, input.id) }),
  permit: () => needsNothing,
  facts: noFacts,
  decide: ({ input, streams }) => ({
    events: [streams.person.record("person.added", {}, { name: input.name, email: input.email })],
    result: {},
  }),
});

export const countPerson = defineCommand({
  name: "contract.count",
  // A negative count is refused by the read table: a statement that fails late in its unit.
  input: z.object({ id: z.string(), events: z.int().default(1), by: z.int().default(1) }),
  streams: ({ input }) => ({ person: streamRef(person, input.id) }),
  permit: () => needsNothing,
  facts: noFacts,
  decide: ({ input, streams }) => ({
    events: Array.from({ length: input.events }, () => streams.person.record("person.counted", { by: input.by })),
    result: { count: streams.person.state.count + input.events },
  }),
});

/** Counts two persons or none. */
export const countPair = defineCommand({
  name: "contract.count-pair",
  input: z.object({ one: z.string(), other: z.string() }),
  streams: ({ input }) => ({ one: streamRef(person, input.one), other: streamRef(person, input.other) }),
  permit: () => needsNothing,
  facts: noFacts,
  decide: ({ streams }) => ({
    events: [streams.one.record("person.counted", { by: 1 }), streams.other.record("person.counted", { by: 1 })],
    result: {},
  }),
});

export const mailPerson = defineCommand({
  name: "contract.mail",
  input: z.object({ id: z.string(), text: z.string() }),
  streams: ({ input }) => ({ person: streamRef(person, input.id) }),
  permit: () => needsNothing,
  facts: noFacts,
  decide: ({ input, streams }) => ({
    events: [streams.person.record("person.mailed", {}, { text: input.text })],
    result: {},
  }),
});

export const erasePerson = defineCommand({
  name: "contract.erase",
  input: z.object({ id: z.string() }),
  streams: ({ input }) => ({ person: streamRef(person, input.id) }),
  permit: () => needsNothing,
  facts: noFacts,
  decide: ({ streams }) => ({ events: [streams.person.record("person.erased", {})], result: {} }),
});

/** A caller with an address, acting as the system or as a user. */
export const contractCtx = (userId?: string): Ctx => ({
  instanceId: testInstance,
  actor:
    userId === undefined
      ? { kind: "system", name: "cli", memberships: [] }
      : { kind: "user", userId: userIdSchema.parse(userId), orgId: orgId.parse("1"), memberships: [], via: "pat" },
  now: instant(1_700_000_000_000_000),
  client: { ip: "192.0.2.77", userAgent: "Contract/1.0 (suite)" },
});

export const contractSetup = {
  migrations: [eventlog, tombstones, projectedLevels, contractMigration],
  parts: [personPart],
  sources: {},
};

/** The read tables that this fixture's projections write. */
export const readTables = ["people"] as const;
