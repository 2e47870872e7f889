import { expect, test } from "vitest";
import { createClock, now } from "./clock.ts";

test("readings of the process's clock never go back and agree with the wall clock", () => {
  let last = now();
  for (let i = 0; i < 10_000; i++) {
    const next = now();
    expect(next).toBeGreaterThanOrEqual(last);
    last = next;
  }
  expect(Math.abs(last / 1_000 - Date.now())).toBeLessThan(20);
});

test("a wall clock set back stops time, set forward moves it", () => {
  let wallMs = 1_800_000_000_000;
  let monotonicMs = 100;
  const clock = createClock({ wallMs: () => wallMs, monotonicMs: () => monotonicMs });
  expect(clock()).toBe(1_800_000_000_000_000);
  monotonicMs += 0.25;
  expect(clock()).toBe(1_800_000_000_000_250);
  wallMs -= 60_000;
  expect(clock()).toBe(1_800_000_000_000_250);
  wallMs += 180_000;
  expect(clock()).toBe(1_800_000_120_000_000);
});
