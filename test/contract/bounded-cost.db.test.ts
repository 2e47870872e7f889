import { expect, test } from "vitest";
import { streamRef } from "../../src/kernel/event.ts";
import type { Statement } from "../../src/platform/db/database.ts";
import { describeOnBothDatabases, testInstance } from "../harness/store.ts";
import { addPerson, contractCtx, contractSetup, countPerson, person } from "./fixture.ts";

const ctx = contractCtx();
const perCommand = 2_500;

describeOnBothDatabases("cost", (open) => {
  test("a user with 100,000 past events and one with 10 cost the same statements to load and to change", async () => {
    const seen: Statement[] = [];
    const { run, store } = await open({ ...contractSetup, observe: (statement) => void seen.push(statement) });
    const grow = async (id: string, events: number) => {
      await run(addPerson, ctx, { id, name: `p${id}`, email: `${id}@example.com` });
      for (let left = events - 1; left > 0; left -= perCommand) {
        await run(countPerson, ctx, { id, events: Math.min(left, perCommand) });
        seen.length = 0;
      }
    };
    await grow("1", 10);
    await grow("2", 100_000);

    const costOf = async (id: string) => {
      seen.length = 0;
      const [stored] = await store.load(testInstance, [streamRef(person, id)]);
      const toLoad = seen.map((one) => one.sql);
      seen.length = 0;
      await run(countPerson, ctx, { id });
      return { version: stored?.version, toLoad, toChange: seen.map((one) => one.sql) };
    };
    const short = await costOf("1");
    const long = await costOf("2");
    expect([short.version, long.version]).toEqual([10, 100_000]);
    expect(long.toLoad).toEqual(short.toLoad);
    expect(long.toChange).toEqual(short.toChange);
    expect(long.toLoad).toHaveLength(1);
  }, 150_000);
});
