import { execFileSync } from "node:child_process";
import pg from "pg";
import { expect, test } from "vitest";
import type { Ctx } from "../../src/kernel/actor.ts";
import { createTail, type Tail, type TailCursor } from "../../src/platform/eventstore/tail.ts";
import { freshPostgres, pgTool, startCluster } from "../harness/postgres.ts";
import { describeOnBothDatabases, openStoreAt } from "../harness/store.ts";
import { addPerson, contractCtx, contractSetup, countPerson } from "./fixture.ts";

const ctx: Ctx = contractCtx();

/**
 * Reads the tail until all of the `total` events have been seen and no more come. An empty page alone says nothing: on
 * PostgreSQL any transaction that still runs, in any database of the server, holds the tail back.
 */
const follow = async (tail: Tail, after: TailCursor | null, total: () => number | undefined) => {
  const seen: string[] = [];
  const deadline = performance.now() + 30_000;
  let cursor = after;
  for (;;) {
    const finished = seen.length >= (total() ?? Number.POSITIVE_INFINITY) || performance.now() > deadline;
    const page = await tail.read({ after: cursor, limit: 100 });
    seen.push(...page.events.map((event) => `${event.id}/${event.version}`));
    cursor = page.cursor;
    if (finished && page.events.length === 0) return { seen, cursor };
    if (page.events.length === 0) await new Promise((turn) => setTimeout(turn, 1));
  }
};

const duplicates = (names: readonly string[]): readonly string[] =>
  names.filter((name, index) => names.indexOf(name) !== index);

describeOnBothDatabases("tail", (open, dialect) => {
  test("beside 16 committers a reader misses no event and sees none twice, in the order of each stream", async () => {
    const { run, database, sealer, place } = await open({ ...contractSetup, connections: 20 });
    const ids = Array.from({ length: 16 }, (_, index) => String(index + 1));
    for (const id of ids) await run(addPerson, ctx, { id, name: `p${id}`, email: `${id}@example.com` });
    let total: number | undefined;
    const reading = follow(createTail({ ...contractSetup, database, sealer }), null, () => total);
    const dawdling = dialect === "postgres" && "url" in place ? dawdle(place.url, 8) : Promise.resolve();
    await Promise.all(
      ids.map(async (id) => {
        for (let count = 0; count < 60; count += 1) await run(countPerson, ctx, { id, events: 1 + (count % 3) });
      }),
    );
    await dawdling;
    const rows = await database.read({ sql: "select id, version from events", parameters: [] });
    total = rows.length;
    const { seen } = await reading;
    expect([...seen].sort()).toEqual(rows.map((row) => `${row.id}/${row.version}`).sort());
    for (const id of ids) {
      const versions = seen.filter((name) => name.startsWith(`${id}/`)).map((name) => Number(name.split("/")[1]));
      expect(versions).toEqual(versions.map((_, index) => index + 1));
    }
  });

  test("says how far a reader is behind", async () => {
    const { run, database, sealer } = await open(contractSetup);
    const tail = createTail({ ...contractSetup, database, sealer });
    await run(addPerson, ctx, { id: "1", name: "Ada", email: "ada@example.com" });
    const { cursor } = await follow(tail, null, () => 1);
    expect(await tail.lag(cursor)).toEqual({ events: 0, oldestAt: null });
    const done = await run(countPerson, ctx, { id: "1", events: 4 });
    expect(await tail.lag(cursor)).toEqual({ events: 4, oldestAt: done.at - 3 });
  });
});

/**
 * Committers that insert early and commit late, in another order than their positions: what makes a reader by position
 * alone miss events.
 */
const dawdle = async (url: string, committers: number): Promise<void> => {
  const work = async (committer: number) => {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    for (let version = 1; version <= 40; version += 1) {
      await client.query("begin");
      await client.query(
        `insert into events (epoch, instance_id, kind, id, version, type, revision, payload, actor, at, hash)
         values (0, '1', 'user', $1, $2, 'person.counted', 1, '{"by":1}', '{"kind":"system","id":"cli"}', 1, '')`,
        [`late${committer}`, version],
      );
      await client.query("select pg_sleep($1)", [((version * 7 + committer * 3) % 11) / 1_000]);
      await client.query("commit");
    }
    await client.end();
  };
  await Promise.all(Array.from({ length: committers }, (_, committer) => work(committer)));
};

test("after dump and restore into a new cluster a reader goes on where it was and misses nothing", async () => {
  const source = await freshPostgres();
  const cluster = await startCluster();
  const before = await openStoreAt({ url: source.url }, contractSetup);
  try {
    // Many transactions, so that the new cluster's ids start far below those in the log.
    for (let id = 1; id <= 20; id += 1) {
      await before.run(addPerson, ctx, { id: String(id), name: `p${id}`, email: `${id}@example.com` });
    }
    await before.database.write([{ sql: "select pg_current_xact_id()", parameters: [] }]);
    const burned = new pg.Client({ connectionString: source.url });
    await burned.connect();
    for (let turn = 0; turn < 3_000; turn += 1) await burned.query("select pg_current_xact_id()");
    await burned.end();
    await before.run(countPerson, ctx, { id: "1" });
    const tail = createTail({ ...contractSetup, database: before.database, sealer: before.sealer });
    const first = await follow(tail, null, () => 21);
    expect(first.seen).toHaveLength(21);
    await before.run(countPerson, ctx, { id: "2" });
    await before.close();

    const target = await freshPostgres({ server: cluster.url });
    const dump = execFileSync(pgTool("pg_dump"), ["--no-owner", source.url], { maxBuffer: 64_000_000 });
    execFileSync(pgTool("psql"), ["--quiet", "--no-psqlrc", "-v", "ON_ERROR_STOP=1", target.url], {
      input: dump,
      stdio: ["pipe", "ignore", "pipe"],
    });
    const after = await openStoreAt({ url: target.url }, contractSetup);
    for (let id = 1; id <= 20; id += 1) await after.run(countPerson, ctx, { id: String(id) });
    const again = createTail({ ...contractSetup, database: after.database, sealer: after.sealer });
    const second = await follow(again, first.cursor, () => 21);
    const fromStart = await follow(again, null, () => 42);
    const [row] = await after.database.read({ sql: "select epoch from log_epoch", parameters: [] });
    await after.close();

    expect(row).toEqual({ epoch: 1 });
    expect(second.seen).toHaveLength(21);
    expect(second.seen[0]).toBe("2/2");
    expect(fromStart.seen).toEqual([...first.seen, ...second.seen]);
    expect(duplicates(fromStart.seen)).toEqual([]);
  } finally {
    await before.close();
    await source.drop();
    await cluster.stop();
  }
});
