import { afterAll, expect, test } from "vitest";
import type { Database } from "../../src/platform/db/database.ts";
import { joinDatabase, type Membership } from "../../src/platform/db/join.ts";
import { type Migration, SchemaTooNew } from "../../src/platform/db/migration.ts";
import { openDatabase } from "../../src/platform/db/open.ts";
import { checkSchema } from "../../src/schema-check.ts";
import { freshPostgres } from "../harness/postgres.ts";
import { describeOnBothDatabases } from "../harness/store.ts";
import { contractSetup } from "./fixture.ts";

const { migrations: first } = contractSetup;
const expanding: Migration = { name: "9002-more", up: () => ["create table more (id integer)"] };
const contracting: Migration = { name: "9003-less", kind: "contract", up: () => ["drop table more"] };
const later = [...first, expanding, contracting];

const opened: { readonly close: () => Promise<void> }[] = [];
afterAll(async () => {
  for (const one of opened.reverse()) await one.close();
});

const freshDatabase = async (): Promise<string> => {
  const { url, drop } = await freshPostgres();
  opened.push({ close: drop });
  return url;
};

/** A process of a program with these steps; it gives signs of life only when asked. */
const join = async (url: string, name: string, migrations: readonly Migration[], levels = {}) => {
  const database: Database<unknown> = await openDatabase({ url, connections: 3 });
  opened.push(database);
  const contracted: string[] = [];
  const process = { processId: name, place: name, version: "1" };
  const joined = await joinDatabase(database, {
    migrations,
    levels,
    process,
    now: () => 1,
    beatMs: 0,
    onContracted: (steps) => contracted.push(...steps),
  });
  return { ...joined, contracted };
};

const forget = (database: Database<unknown>, name: string) =>
  database.write([{ sql: "update processes set seen_at = 0 where process_id = $1", parameters: [name] }]);

const findings = async (database: Database<unknown>, migrations: readonly Migration[]): Promise<readonly string[]> =>
  (await checkSchema(database, migrations)).map(({ text }) => text);

test("on PostgreSQL nothing is taken away while a process lives or is remembered that does not know the step", async () => {
  const url = await freshDatabase();
  const old = await join(url, "old", first);
  const fresh = await join(url, "fresh", later);
  expect(fresh.membership.applied).toEqual(["9002-more"]);
  expect(fresh.membership.waiting()).toEqual(["9003-less"]);
  expect(await findings(fresh.database, later)).toEqual([
    "process old: Munot 1, schema step 9001, seen 0 s ago",
    "process fresh: Munot 1, schema step 9003, seen 0 s ago",
    "schema step 9003-less waits until these have been gone for an hour: old (seen 0 s ago)",
  ]);
  // Ended, but it may be started again: it is.
  await old.membership.leave();
  await fresh.membership.beat();
  expect(fresh.contracted).toEqual([]);
  const again = await join(url, "again", first);
  expect(await findings(again.database, first)).toEqual([
    "a newer Munot has added to the schema: 9002-more",
    "process fresh: Munot 1, schema step 9003, seen 0 s ago",
    "process again: Munot 1, schema step 9001, seen 0 s ago",
  ]);
  for (const name of ["old", "again"]) await forget(fresh.database, name);
  await fresh.membership.beat();
  expect([fresh.contracted, fresh.membership.waiting()]).toEqual([["9003-less"], []]);
  // The one that nobody had heard of lives: it can neither say so nor come back.
  await expect(again.membership.beat()).rejects.toMatchObject({ code: "process.outdated" });
  expect(again.database.isOutdated()).toBe(true);
  await expect(join(url, "later", first)).rejects.toThrow(SchemaTooNew);
  expect((await findings(again.database, first))[0]).toMatch(/contracted by step 9003, this program knows 9001/);
});

test("a release that has stopped writing what a step takes away does not run beside one that reads it", async () => {
  const url = await freshDatabase();
  const beside = [...first, expanding, { ...contracting, beside: 9002 }];
  const old = await join(url, "old", first);
  await expect(join(url, "fresh", beside)).rejects.toThrow(
    /cannot run beside processes that know less than step 9002 of the schema: old \(Munot 1, step 9001\)/,
  );
  await old.membership.leave();
  const between = await join(url, "between", [...first, expanding]);
  const fresh = await join(url, "fresh", beside);
  expect(fresh.membership.waiting()).toEqual(["9003-less"]);
  await between.membership.beat();
  // From then on the old one cannot come back, although nothing has been taken away yet.
  await expect(join(url, "old", first)).rejects.toThrow(SchemaTooNew);
});

test("a process whose program fills less is not ready before those that fill more have seen it", async () => {
  const url = await freshDatabase();
  const fresh = await join(url, "fresh", first, { user: 1 });
  expect(fresh.membership.isMixed()).toBe(false);
  let joined: { membership: Membership } | null = null;
  const joining = join(url, "old", first).then((one) => {
    joined = one;
  });
  const known = async () =>
    (await fresh.database.read({ sql: "select 1 from processes where process_id = 'old'", parameters: [] })).length > 0;
  while (!(await known())) await new Promise((resolve) => setImmediate(resolve));
  expect(joined).toBeNull();
  while (joined === null) await fresh.membership.beat();
  await joining;
  expect(fresh.membership.isMixed()).toBe(true);
  await forget(fresh.database, "old");
  await fresh.membership.beat();
  expect(fresh.membership.isMixed()).toBe(false);
});

test("what is behind is found by an index that holds nothing else", async () => {
  const url = await freshDatabase();
  const { database } = await join(url, "fresh", first, { user: 2 });
  const rows = await database.read({
    sql: "select indexdef from pg_indexes where indexname = 'streams_behind_user_2'",
    parameters: [],
  });
  expect(rows).toEqual([{ indexdef: expect.stringMatching(/'user'.*\(projected < 2\)/) }]);
});

describeOnBothDatabases("several programs one after the other", (open, dialect) => {
  test("an upgrade without anybody beside it", async () => {
    const { place, close } = await open(contractSetup);
    await close();
    const database: Database<unknown> = await openDatabase({ ...place });
    const options = { levels: {}, process: { processId: "1", place: "1", version: "1" }, now: () => 1, beatMs: 0 };
    const { membership } = await joinDatabase(database, { ...options, migrations: later });
    expect(membership.applied).toEqual(["9002-more", "9003-less"]);
    expect(await findings(database, later)).toHaveLength(dialect === "postgres" ? 1 : 0);
    await membership.leave();
    await expect(joinDatabase(database, { ...options, migrations: first })).rejects.toThrow(SchemaTooNew);
    await database.close();
  });
});
