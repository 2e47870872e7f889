import { expect, test } from "vitest";
import { streamRef } from "../../src/kernel/event.ts";
import { purgeStreams } from "../../src/platform/eventstore/purge.ts";
import { verifyChain } from "../../src/platform/eventstore/verify-chain.ts";
import { verifyProjections } from "../../src/platform/projections/verify.ts";
import { describeOnBothDatabases, testInstance, wallClock } from "../harness/store.ts";
import { addPerson, contractCtx, contractSetup, countPerson, person, readTables } from "./fixture.ts";

describeOnBothDatabases("removing an ended stream whole", (open) => {
  test("leaves a tombstone: the log proves itself, replays alike, and the id is never free again", async () => {
    const { run, database, sealer, store } = await open(contractSetup);
    await run(addPerson, contractCtx(), { id: "1", name: "Ended", email: "ended@example.com" });
    await run(countPerson, contractCtx(), { id: "1" });
    await run(addPerson, contractCtx(), { id: "2", name: "Stays", email: "stays@example.com" });

    const alongWith = (id: string) => [
      database.compiler.deleteFrom("people").where("instance_id", "=", testInstance).where("id", "=", id).compile(),
    ];
    await purgeStreams(database, { instanceId: testInstance, kind: person.kind, ids: ["1"], alongWith });

    expect(await verifyChain(database)).toEqual({ events: 1, breaks: [] });
    expect(
      await verifyProjections({ ...contractSetup, database, sealer, tables: readTables, now: wallClock() }),
    ).toEqual([]);
    const [stored] = await store.load(testInstance, [streamRef(person, "1")]);
    expect(stored).toMatchObject({ version: 2, state: person.initial });
    expect(
      await database.read({ sql: "select subject from subject_keys where wrapped_key is not null", parameters: [] }),
    ).toEqual([{ subject: "user:2" }]);
  });

  test("an event that comes back under a tombstone is found", async () => {
    const { run, database } = await open(contractSetup);
    await run(addPerson, contractCtx(), { id: "1", name: "Ended", email: "ended@example.com" });
    await database.write([{ sql: "update streams set purged = 1", parameters: [] }]);
    expect((await verifyChain(database)).breaks).toMatchObject([{ id: "1", problem: "stream row differs" }]);
  });
});
