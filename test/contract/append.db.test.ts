import { expect, test } from "vitest";
import type { Ctx } from "../../src/kernel/actor.ts";
import { streamRef } from "../../src/kernel/event.ts";

import { instant } from "../../src/kernel/time.ts";
import { describeOnBothDatabases, testInstance } from "../harness/store.ts";
import { addPerson, contractSetup, countPerson, erasePerson, person } from "./fixture.ts";

const ctx: Ctx = {
  instanceId: testInstance,
  actor: { kind: "system", name: "cli", memberships: [] },
  now: instant(1_700_000_000_000_000),
  client: { ip: "192.0.2.7", userAgent: "contract" },
};

describeOnBothDatabases("append", (open) => {
  test("what was appended is read at once: state, read table, claim", async () => {
    const { run, db, store } = await open(contractSetup);
    await run(addPerson, ctx, { id: "1", name: "Ada", email: "ada@example.com" });
    const done = await run(countPerson, ctx, { id: "1", events: 3 });
    expect(done).toMatchObject({ sequence: 4, result: { count: 3 } });
    expect(await db.selectFrom("people").selectAll().execute()).toMatchObject([{ id: "1", name: "Ada", count: 3 }]);
    const [stored] = await store.load(testInstance, [streamRef(person, "1")]);
    expect(stored).toMatchObject({ version: 4, state: { count: 3, name: "Ada" } });
  });

  test("a claimed value belongs to one holder until it is released", async () => {
    const { run } = await open(contractSetup);
    await run(addPerson, ctx, { id: "1", name: "Ada", email: "ada@example.com" });
    await expect(run(addPerson, ctx, { id: "2", name: "ADA", email: "x@example.com" })).rejects.toMatchObject({
      code: "user.user_name_taken",
    });
    await run(erasePerson, ctx, { id: "1" });
    await run(addPerson, ctx, { id: "2", name: "ADA", email: "x@example.com" });
  });

  test("50 concurrent counting commands on one stream count 50", async () => {
    const { run } = await open(contractSetup);
    await run(addPerson, ctx, { id: "1", name: "Ada", email: "ada@example.com" });
    const all = await Promise.all(Array.from({ length: 50 }, () => run(countPerson, ctx, { id: "1" })));
    expect(all.map((done) => done.result.count).sort((a, b) => a - b)).toEqual(
      Array.from({ length: 50 }, (_, i) => i + 1),
    );
  });
});
