import { expect, test, vi } from "vitest";
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

test("a burst may fill the queue; while it stands, no more wait than can be served in half a second", async () => {
  vi.useFakeTimers({ toFake: ["performance", "setTimeout", "clearTimeout"] });
  try {
    const gate = createGate({ concurrency: 1, queue: 60 });
    const work = () => new Promise<number>((resolve) => setTimeout(() => resolve(performance.now()), 20));
    const burst = Array.from({ length: 61 }, () => gate(work));
    const waits: number[] = [];
    let refused = 0;
    // Ten times what can be done, for eight seconds.
    for (let ms = 0; ms < 8_000; ms += 2) {
      const from = performance.now();
      gate(work).then(
        (at) => waits.push(at - from),
        () => {
          refused += 1;
        },
      );
      await vi.advanceTimersByTimeAsync(2);
    }
    await vi.advanceTimersByTimeAsync(2_000);
    expect((await Promise.all(burst)).length).toBe(61);
    expect(refused).toBeGreaterThan(3_400);
    expect(Math.max(...waits.slice(-50))).toBeLessThan(600);
    // Whoever comes later, when nobody waits, may come with many again.
    await Promise.all([vi.advanceTimersByTimeAsync(3_000), ...Array.from({ length: 60 }, () => gate(work))]);
  } finally {
    vi.useRealTimers();
  }
});
