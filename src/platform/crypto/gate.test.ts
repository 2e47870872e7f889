import { expect, test } from "vitest";
import { createGate } from "./gate.ts";

test("never more than the set number run at once, and all run in order", async () => {
  const gate = createGate({ concurrency: 3, queue: 100 });
  const started: number[] = [];
  let running = 0;
  let most = 0;
  await Promise.all(
    Array.from({ length: 50 }, (_, index) =>
      gate(async () => {
        started.push(index);
        running += 1;
        most = Math.max(most, running);
        await new Promise((resolve) => setImmediate(resolve));
        running -= 1;
      }),
    ),
  );
  expect(most).toBe(3);
  expect(started).toEqual(Array.from({ length: 50 }, (_, index) => index));
});

test("work that fails frees its place", async () => {
  const gate = createGate({ concurrency: 1, queue: 1 });
  await expect(gate(() => Promise.reject(new Error("no")))).rejects.toThrow("no");
  expect(await gate(async () => "yes")).toBe("yes");
});
