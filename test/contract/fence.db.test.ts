import { expect, test } from "vitest";
import { streamRef } from "../../src/kernel/event.ts";
import { migrate, newestStep, raiseEpoch } from "../../src/platform/db/migration.ts";
import { openDatabase } from "../../src/platform/db/open.ts";
import { verifyChain } from "../../src/platform/eventstore/verify-chain.ts";
import { describeOnBothDatabases, testInstance } from "../harness/store.ts";
import { addPerson, contractCtx, contractSetup, countPerson, person } from "./fixture.ts";

const ctx = contractCtx();
const newer = newestStep(contractSetup.migrations) + 1;
const outdated = expect.objectContaining({ name: "Refusal", code: "process.outdated" });

describeOnBothDatabases("a program that is too old for the schema", (open, dialect) => {
  test("stores nothing from the moment on in which a newer one takes something away, and says so", async () => {
    const { database, run, store } = await open(contractSetup);
    await run(addPerson, ctx, { id: "1", name: "ada", email: "ada@example.com" });
    await database.exclusive((work) => raiseEpoch(work, dialect, newer));
    expect(database.isOutdated()).toBe(false);

    await expect(run(countPerson, ctx, { id: "1" })).rejects.toEqual(outdated);
    await expect(run(addPerson, ctx, { id: "2", name: "bob", email: "bob@example.com" })).rejects.toEqual(outdated);
    await expect(database.write([{ sql: "delete from people", parameters: [] }])).rejects.toEqual(outdated);
    await expect(database.exclusive((work) => work({ sql: "delete from people", parameters: [] }))).rejects.toEqual(
      outdated,
    );
    expect(database.isOutdated()).toBe(true);
    const stored = await store.load(testInstance, [streamRef(person, "1"), streamRef(person, "2")]);
    expect(stored.map(({ version }) => version)).toEqual([1, 0]);
    const [people] = await database.read({ sql: "select count(*) as n from people", parameters: [] });
    expect(people?.n).toBe(1);
    // Steps that add do not raise the epoch; neither does a program that finds it higher already.
    await expect(migrate(database, contractSetup.migrations, 1)).rejects.toThrow();
  });

  test("which statement of a unit failed is told as without the fence", async () => {
    const { database, run } = await open(contractSetup);
    await run(addPerson, ctx, { id: "1", name: "ada", email: "ada@example.com" });
    const [first, second] = await database.write([
      { sql: "select 1 as n", parameters: [] },
      { sql: "select 2 as n", parameters: [] },
    ]);
    expect([first, second]).toEqual([[{ n: 1 }], [{ n: 2 }]]);
    const broken = database.write([
      { sql: "select 1 as n", parameters: [] },
      { sql: "update people set name = null", parameters: [] },
    ]);
    await expect(broken).rejects.toMatchObject({ name: "StatementFailed", index: 1, reason: "not_null" });
    const first0 = database.write([{ sql: "update people set name = null", parameters: [] }]);
    await expect(first0).rejects.toMatchObject({ name: "StatementFailed", index: 0, reason: "not_null" });
    expect(database.isOutdated()).toBe(false);
  });

  test("under load: what was acknowledged is stored, what was refused is not, and nothing after the rise", async () => {
    const { database, run, store } = await open(contractSetup);
    const ids = Array.from({ length: 8 }, (_, index) => String(index + 1));
    for (const id of ids) await run(addPerson, ctx, { id, name: `p${id}`, email: `${id}@example.com` });
    let risen = false;
    const acknowledged = new Map<string, number>();
    const late: string[] = [];
    const writers = ids.map(async (id) => {
      for (let count = 0; ; count += 1) {
        const begunAfter = risen;
        try {
          await run(countPerson, ctx, { id });
        } catch (error) {
          expect(error).toEqual(outdated);
          return;
        }
        if (begunAfter) late.push(id);
        acknowledged.set(id, count + 1);
      }
    });
    while (acknowledged.size < ids.length) await new Promise((resolve) => setImmediate(resolve));
    await database.exclusive((work) => raiseEpoch(work, dialect, newer));
    risen = true;
    await Promise.all(writers);
    expect(late).toEqual([]);
    const stored = await store.load(
      testInstance,
      ids.map((id) => streamRef(person, id)),
    );
    expect(stored.map(({ version }) => version - 1)).toEqual(ids.map((id) => acknowledged.get(id)));
    expect((await verifyChain(database)).breaks).toEqual([]);
  });

  if (dialect === "sqlite") return;
  test("an append that waits for the step sees it when it goes on", async () => {
    const { run, place } = await open(contractSetup);
    await run(addPerson, ctx, { id: "1", name: "ada", email: "ada@example.com" });
    const other = await openDatabase({ ...place });
    const waiting = async () =>
      (await other.read({ sql: "select 1 from pg_locks where not granted", parameters: [] })).length > 0;
    const outcome = Promise.withResolvers<unknown>();
    await other.exclusive(async (work) => {
      await raiseEpoch(work, dialect, newer);
      run(countPerson, ctx, { id: "1" }).then(outcome.resolve, outcome.resolve);
      while (!(await waiting())) await new Promise((resolve) => setImmediate(resolve));
    });
    expect(await outcome.promise).toEqual(outdated);
    await other.close();
  });
});
