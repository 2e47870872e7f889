import { expect, test } from "vitest";
import { createStreamLocks } from "./locks.ts";

test("one holder per key at a time, first come first served; whoever waited is told", async () => {
  const locks = createStreamLocks();
  const order: string[] = [];
  const first = await locks.hold(["a"]);
  const waiting = ["second", "third"].map(async (name) => {
    const held = await locks.hold(["a"]);
    order.push(`${name} ${held.contended}`);
    held.release();
  });
  expect(first.contended).toBe(false);
  expect(order).toEqual([]);
  first.release();
  await Promise.all(waiting);
  expect(order).toEqual(["second true", "third true"]);
  expect((await locks.hold(["a"])).contended).toBe(false);
});

test("holders of the same keys in opposite order do not wait for each other for ever", async () => {
  const locks = createStreamLocks();
  const turns = Array.from({ length: 50 }, async (_, turn) => {
    const held = await locks.hold(turn % 2 ? ["a", "b"] : ["b", "a", "b"]);
    await Promise.resolve();
    held.release();
  });
  await expect(Promise.all(turns)).resolves.toHaveLength(50);
});
