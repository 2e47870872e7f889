import { EventEmitter } from "node:events";
import { expect, test, vi } from "vitest";
import { createAdmission, standAside } from "./admission.ts";
import type { HttpRequest, HttpResponse } from "./server.ts";

const limits = { inFlight: 100, targetMs: 400, bodyMs: 100, workMs: 10_000 };

/** An exchange whose answer is out when `answer` is called. */
const exchange = () => {
  const res = Object.assign(new EventEmitter(), { writableEnded: false, destroyed: false });
  const answer = () => {
    res.writableEnded = true;
    res.emit("close");
  };
  // All that admission looks at.
  return { req: { complete: true } as HttpRequest, res: res as unknown as HttpResponse, answer };
};

const opened = () => {
  vi.useFakeTimers({ toFake: ["performance", "setTimeout", "clearTimeout", "setInterval", "clearInterval"] });
  const admission = createAdmission(limits);
  /** offers a request that takes so long; whether it was let in */
  const offer = (takesMs: number): boolean => {
    const { req, res, answer } = exchange();
    return admission.admit(req, res, () => void setTimeout(answer, takesMs));
  };
  return { admission, offer };
};

/** A server that does one thing after the other: what waits longest is answered next. */
const serial = (admission: ReturnType<typeof createAdmission>, eachMs: number) => {
  const queue: { readonly from: number; readonly answer: () => void }[] = [];
  const waits: number[] = [];
  const timer = setInterval(() => {
    const next = queue.shift();
    if (next === undefined) return;
    waits.push(performance.now() - next.from);
    next.answer();
  }, eachMs);
  const offer = (): boolean => {
    const { req, res, answer } = exchange();
    return admission.admit(req, res, () => void queue.push({ from: performance.now(), answer }));
  };
  return { offer, waits, stop: () => clearInterval(timer) };
};

test.each([2, 10, 40])(
  "ten times what a process can do, at %i ms each: most are answered near the target",
  async (eachMs) => {
    const { admission } = opened();
    const server = serial(admission, eachMs);
    let refused = 0;
    for (let ms = 0; ms < 20_000; ms += eachMs) {
      for (let n = 0; n < 10; n += 1) if (!server.offer()) refused += 1;
      await vi.advanceTimersByTimeAsync(eachMs);
    }
    const waits = server.waits.slice(Math.floor(server.waits.length / 4)).sort((a, b) => a - b);
    expect(waits.length).toBeGreaterThan((15_000 / eachMs) * 0.9);
    expect(waits[Math.floor(waits.length * 0.99)]).toBeLessThan(800);
    expect(refused).toBeGreaterThan(waits.length);
    server.stop();
    admission.close();
    vi.useRealTimers();
  },
);

test("a burst is let in whole; nothing is refused while requests are quick", async () => {
  const { admission, offer } = opened();
  for (let round = 0; round < 20; round += 1) {
    expect(Array.from({ length: 100 }, () => offer(50)).every(Boolean)).toBe(true);
    expect(offer(50)).toBe(false);
    await vi.advanceTimersByTimeAsync(100);
  }
  admission.close();
  vi.useRealTimers();
});

test("few that are slow are no overload: whoever comes then is let in", async () => {
  const { admission, offer } = opened();
  for (let round = 0; round < 20; round += 1) {
    expect(Array.from({ length: 10 }, () => offer(3_000)).every(Boolean)).toBe(true);
    await vi.advanceTimersByTimeAsync(1_000);
  }
  expect(Array.from({ length: 50 }, () => offer(10)).every(Boolean)).toBe(true);
  admission.close();
  vi.useRealTimers();
});

test("who stands aside takes no place, and its waiting is not taken for slowness", async () => {
  const { admission, offer } = opened();
  for (let round = 0; round < 10; round += 1) {
    for (let n = 0; n < 100; n += 1) {
      const { req, res, answer } = exchange();
      const wait = () => new Promise<void>((resolve) => setTimeout(resolve, 900));
      expect(admission.admit(req, res, () => void standAside(wait).then(answer))).toBe(true);
    }
    expect(offer(10)).toBe(true);
    await vi.advanceTimersByTimeAsync(300);
  }
  expect(Array.from({ length: 100 }, () => offer(10)).every(Boolean)).toBe(true);
  admission.close();
  vi.useRealTimers();
});
