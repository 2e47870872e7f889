// A release of Munot that does not exist: this one with a read table more, filled from events that are there already, an
// event type that this one does not know, and a step that takes something away. It is composed as the product is, and has
// a port of its own by which tests ask for what only it can do.
import { createServer } from "node:http";
import type { Kysely } from "kysely";
import { z } from "zod";
import { openCore, systemCtx } from "../../src/compose.ts";
import { explain } from "../../src/explain.ts";
import { prepareFirstInstance } from "../../src/first-start.ts";
import { observedHandlers } from "../../src/jobs.ts";
import { needsNothing } from "../../src/kernel/actor.ts";
import { defineCommand, noFacts } from "../../src/kernel/command.ts";
import { defineStream, type Recorded, streamRef } from "../../src/kernel/event.ts";
import type { InstanceId } from "../../src/kernel/ids.ts";
import { Refusal } from "../../src/kernel/refusal.ts";
import { org } from "../../src/modules/org/org.events.ts";
import { startJobWorker } from "../../src/platform/jobs/worker.ts";
import { createLog } from "../../src/platform/log/log.ts";
import { noObserver } from "../../src/platform/metrics/observer.ts";
import type { Part } from "../../src/platform/projections/projection.ts";
import { type Program, thisProgram } from "../../src/program.ts";
import type { Database } from "../../src/schema.ts";
import { startServer } from "../../src/server.ts";
import { readSettings } from "../../src/settings.ts";

type NewerTables = { user_digest: { instance_id: string; user_id: string; events: number } };
// The newer release's schema has this one's tables and its own.
const newer = (db: Kysely<Database>) => db as unknown as Kysely<Database & NewerTables>;

/** How many events a user has: a number that is wrong as soon as one is projected twice or not at all. */
const countEvent = (event: Recorded, db: Kysely<Database>) =>
  event.type === "user.removed"
    ? newer(db).deleteFrom("user_digest").where("instance_id", "=", event.instanceId).where("user_id", "=", event.id)
    : newer(db)
        .insertInto("user_digest")
        .values({ instance_id: event.instanceId, user_id: event.id, events: 1 })
        .onConflict((conflict) =>
          conflict
            .columns(["instance_id", "user_id"])
            .doUpdateSet((now) => ({ events: now("user_digest.events", "+", 1) })),
        );

const userTables = ["users", "user_metadata", "user_keys", "user_digest"] as const;

const withDigest = (part: Part<Database>): Part<Database> => ({
  ...part,
  project: (event, db) => [...part.project(event, db), countEvent(event, db)],
  raised: {
    level: 1,
    reset: ({ instanceId, id }, db) =>
      userTables.map((table) =>
        newer(db)
          .deleteFrom(table)
          .where("instance_id", "=", instanceId)
          .where("user_id", "=", id as never),
      ),
  },
});

const newerOrg = defineStream<(typeof org)["initial"] & { readonly motto?: string }>()({
  ...org,
  revision: org.revision + 1,
  events: { ...org.events, "org.motto.set": { payload: z.object({ motto: z.string() }) } },
  evolve: {
    ...org.evolve,
    "org.motto.set": (state, { payload }) => ({ ...state, motto: payload.motto }),
  },
});

const withMotto = (part: Part<Database>): Part<Database> => ({
  ...part,
  stream: newerOrg,
  project: (event, db) => (event.type === "org.motto.set" ? [] : part.project(event, db)),
});

const setMotto = defineCommand({
  name: "newer.set-motto",
  input: z.object({ orgId: z.string(), motto: z.string() }),
  streams: ({ input }) => ({ org: streamRef(newerOrg, input.orgId) }),
  permit: () => needsNothing,
  facts: noFacts,
  decide: ({ input, streams }) => ({
    events: [streams.org.record("org.motto.set", { motto: input.motto })],
    result: { before: streams.org.state.motto ?? null },
  }),
});

const newerProgram: Program = {
  version: `${thisProgram.version}-next`,
  migrations: [
    ...thisProgram.migrations,
    {
      name: "9001-digest",
      up: (t) => [
        `create table user_digest (
           instance_id ${t.text} not null, user_id ${t.text} not null, events ${t.int} not null,
           primary key (instance_id, user_id))`,
        `alter table orgs add column motto ${t.text}`,
      ],
    },
    { name: "9002-motto-gone", kind: "contract", up: () => ["alter table orgs drop column motto"] },
  ],
  parts: thisProgram.parts.map((part) => {
    if (part.stream.kind === "user") return withDigest(part);
    return part.stream.kind === "org" ? withMotto(part) : part;
  }),
};

try {
  const settings = readSettings(null);
  const core = await openCore(settings, noObserver, newerProgram);
  const { instanceId } = await prepareFirstInstance(core);
  const jobs = startJobWorker({ ...core, handlers: observedHandlers(core) });
  core.whenJobsArrive(jobs.nudge);
  const server = await startServer(core, createLog({ level: "error" }));
  const own = createServer((request, response) => {
    void answer(core, instanceId, new URL(request.url ?? "", "http://localhost"))
      .catch((error: unknown) => ({ refused: error instanceof Refusal ? error.code : String(error) }))
      .then((body) => response.end(JSON.stringify(body)));
  }).listen(Number(process.env.NEWER_PORT), "127.0.0.1");
  process.on("SIGTERM", async () => {
    own.close();
    await server.close();
    await jobs.stop();
    await core.close();
    process.exit(0);
  });
} catch (error) {
  console.error(explain(error));
  process.exit(1);
}

async function answer(core: Awaited<ReturnType<typeof openCore>>, instanceId: InstanceId, url: URL): Promise<unknown> {
  // As the server does before each request.
  await core.caughtUp();
  const id = url.searchParams.get("id") ?? "";
  if (url.pathname === "/motto") {
    return (await core.run(setMotto, systemCtx(instanceId, "cli", core.now()), { orgId: id, motto: "onward" })).result;
  }
  const row = await newer(core.database.db)
    .selectFrom("user_digest")
    .select("events")
    .where("instance_id", "=", instanceId)
    .where("user_id", "=", id)
    .executeTakeFirst();
  return { events: row?.events ?? null };
}
