import { expect, test } from "vitest";
import { streamRef } from "../../src/kernel/event.ts";
import type { Database } from "../../src/platform/db/database.ts";
import { verifyChain } from "../../src/platform/eventstore/verify-chain.ts";
import { describeOnBothDatabases, testInstance } from "../harness/store.ts";
import { addPerson, contractCtx, contractSetup, countPerson, mailPerson, person } from "./fixture.ts";

const ctx = contractCtx();

describeOnBothDatabases("a unit that fails in a batch", (open, dialect) => {
  const withPersons = async (count: number) => {
    const opened = await open(contractSetup);
    const ids = Array.from({ length: count }, (_, index) => String(index + 1));
    for (const id of ids) await opened.run(addPerson, ctx, { id, name: `p${id}`, email: `${id}@example.com` });
    return { ...opened, ids };
  };

  test("a failing statement harms only its own unit", async () => {
    const { run, ids, db, database } = await withPersons(12);
    const results = await Promise.allSettled(
      ids.map((id) => run(countPerson, ctx, { id, by: Number(id) % 4 === 0 ? -5 : 1 })),
    );
    expect(results.map((one) => one.status === "fulfilled")).toEqual(ids.map((id) => Number(id) % 4 !== 0));
    const rows = await db
      .selectFrom("people")
      .select(["id", "count"])
      .where("instance_id", "=", testInstance)
      .execute();
    expect(new Map(rows.map((row) => [row.id, row.count]))).toEqual(
      new Map(ids.map((id) => [id, Number(id) % 4 === 0 ? 0 : 1])),
    );
    expect((await verifyChain(database)).breaks).toEqual([]);
  });

  test("a value that cannot be sent harms only its own unit", async () => {
    const { database, run } = await withPersons(1);
    const bad = database.write([{ sql: "select 1", parameters: [{ not: "a value" }] }]);
    const good = run(countPerson, ctx, { id: "1" });
    await expect(bad).rejects.toThrow();
    await expect(good).resolves.toMatchObject({ sequence: 2 });
  });

  test("a full disk harms only the units that do not fit", async () => {
    const { run, ids, database, store, place, close } = await withPersons(8);
    const disk = dialect === "sqlite" ? await smallDisk(database) : await refusingDisk(database);
    const huge = "x".repeat(100_000);
    const results = await Promise.allSettled(
      ids.map((id) => (id === "4" ? run(mailPerson, ctx, { id, text: huge }) : run(countPerson, ctx, { id }))),
    );
    expect(results.map((one) => one.status)).toEqual(ids.map((id) => (id === "4" ? "rejected" : "fulfilled")));
    expect(results[3]).toMatchObject({ reason: { message: expect.stringContaining("full") } });
    // Room again: the same command goes through.
    await disk.grow();
    await run(mailPerson, ctx, { id: "4", text: huge });
    const stored = await store.load(
      testInstance,
      ids.map((id) => streamRef(person, id)),
    );
    expect(stored.map((one) => one.version)).toEqual(ids.map(() => 2));
    await close();
    const again = await open({ ...contractSetup, place });
    expect(await verifyChain(again.database)).toEqual({ events: 16, breaks: [] });
  });
});

/** SQLite may take six more pages. */
const smallDisk = async <DB>(database: Database<DB>) => {
  const [row] = await database.read({ sql: "pragma page_count", parameters: [] });
  const limit = (pages: number) => database.write([{ sql: `pragma max_page_count = ${pages}`, parameters: [] }]);
  await limit(Number(row?.page_count) + 6);
  return { grow: () => limit(1_000_000) };
};

/** PostgreSQL answers a large row as it does on a full disk (SQLSTATE 53100). */
const refusingDisk = async <DB>(database: Database<DB>) => {
  const plain = (sql: string) => ({ sql, parameters: [] });
  await database.write([
    plain(`create function full_disk() returns trigger language plpgsql as $$
      begin raise exception 'disk full' using errcode = 'disk_full'; end $$`),
    plain(`create trigger full_disk before insert on events for each row
      when (length(new.personal) > 50000) execute function full_disk()`),
  ]);
  return { grow: () => database.write([plain("drop trigger full_disk on events")]) };
};
