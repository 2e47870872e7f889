import { expect, test } from "vitest";
import { streamRef } from "../../src/kernel/event.ts";
import { verifyChain } from "../../src/platform/eventstore/verify-chain.ts";
import { rebuildProjections } from "../../src/platform/projections/rebuild.ts";
import { verifyProjections } from "../../src/platform/projections/verify.ts";
import { describeOnBothDatabases, testInstance, wallClock } from "../harness/store.ts";
import { addPerson, contractCtx, contractSetup, countPerson, person, personPart, readTables } from "./fixture.ts";

const ctx = contractCtx();

describeOnBothDatabases("what was tampered with is found", (open) => {
  const filled = async () => {
    const opened = await open(contractSetup);
    for (const id of ["1", "2", "3"]) {
      await opened.run(addPerson, ctx, { id, name: `p${id}`, email: `${id}@example.com` });
      await opened.run(countPerson, ctx, { id, events: 3 });
    }
    return opened;
  };

  test("a changed event, a missing event and a rolled-back stream are reported by stream", async () => {
    const { database } = await filled();
    await database.write([
      { sql: `update events set payload = '{"by":9}' where id = '1' and version = 3`, parameters: [] },
      { sql: "delete from events where id = '2' and version = 2", parameters: [] },
      { sql: "update streams set version = 3 where id = '3'", parameters: [] },
    ]);
    const { breaks } = await verifyChain(database);
    expect(breaks.map(({ id, version, problem }) => ({ id, version, problem }))).toEqual([
      { id: "1", version: 3, problem: "changed" },
      { id: "2", version: 3, problem: "missing" },
      { id: "3", version: 3, problem: "stream row differs" },
    ]);
  });

  test("a changed, an added and a lost row of a read table are reported, and a rebuild mends them", async () => {
    const { database, sealer, db } = await filled();
    const rows = () =>
      db.selectFrom("people").selectAll().where("instance_id", "=", testInstance).orderBy("id").execute();
    const good = await rows();
    await database.write([
      { sql: "update people set count = 7 where id = '1'", parameters: [] },
      { sql: "delete from people where id = '2'", parameters: [] },
    ]);
    const deps = { ...contractSetup, database, sealer, tables: readTables, now: wallClock() };
    const found = await verifyProjections(deps);
    expect(found.map(({ problem, row }) => `${problem} ${row.id} ${row.count}`).sort()).toEqual([
      "missing 1 3",
      "missing 2 3",
      "unexpected 1 7",
    ]);
    expect(await rebuildProjections(deps)).toBe(12);
    expect(await rows()).toEqual(good);
    expect(await verifyProjections(deps)).toEqual([]);
  });

  test("a state of another revision is folded from the events", async () => {
    const { store, place, close } = await filled();
    const [before] = await store.load(testInstance, [streamRef(person, "1")]);
    await close();
    const newer = { ...person, revision: 2 };
    const again = await open({ ...contractSetup, parts: [{ ...personPart, stream: newer }], place });
    await again.database.write([{ sql: "update streams set state = '{}' where id = '1'", parameters: [] }]);
    const [after] = await again.store.load(testInstance, [streamRef(newer, "1")]);
    expect(after?.state).toEqual(before?.state);
  });
});
