import fc from "fast-check";
import { expect, test } from "vitest";
import { userId } from "../../kernel/ids.ts";
import { createNewId, idAt } from "./ids.ts";

const day = 86_400_000;
const wallMs = fc.integer({ min: Date.UTC(2024, 0, 1), max: Date.UTC(2088, 0, 1) });
const random = fc.integer({ min: 0, max: 2 ** 22 - 1 });

test("an id of any day from 2024 to 2087 has 18 or 19 digits and fits a signed 64-bit integer", () => {
  fc.assert(
    fc.property(wallMs, random, (at, bits) => {
      const id = idAt(at, bits);
      expect(id).toMatch(/^[1-9]\d{17,18}$/);
      expect(BigInt(id)).toBeLessThan(2n ** 63n);
      expect(userId.safeParse(id).success).toBe(true);
    }),
  );
});

test("ids of later milliseconds are greater, whatever their random bits", () => {
  fc.assert(
    fc.property(wallMs, fc.integer({ min: 1, max: day }), random, random, (at, later, a, b) => {
      expect(BigInt(idAt(at + later, b))).toBeGreaterThan(BigInt(idAt(at, a)));
    }),
  );
});

test("ids made in one millisecond differ", () => {
  const newId = createNewId(() => Date.UTC(2026, 5, 1));
  const ids = new Set(Array.from({ length: 200 }, newId));
  expect(ids.size).toBeGreaterThanOrEqual(199);
});

test("today's clock gives an id of 18 or 19 digits", () => {
  expect(createNewId()()).toMatch(/^\d{18,19}$/);
});

test("a clock outside the range is refused instead of giving an id of another form", () => {
  expect(() => idAt(Date.UTC(2019, 11, 31), 0)).toThrow(RangeError);
  expect(() => idAt(Date.UTC(2090, 0, 1), 0)).toThrow(RangeError);
});
