import { expect, test } from "vitest";
import { addSeconds, type Instant, instantFromSeconds } from "../../kernel/time.ts";
import { type RotatingKey, rotationPlan } from "./rotation.events.ts";
import { publishedFirstSeconds } from "./web-key.events.ts";

const day = 86_400;
const start = instantFromSeconds(1_800_000_000);
const rules = { everySeconds: 90 * day, keptSeconds: 30 * day, asked: [] };
const key = (keyId: string, state: RotatingKey["state"], more: Partial<RotatingKey> = {}): RotatingKey => ({
  keyId,
  state,
  algorithm: "RS256",
  bits: 2048,
  createdAt: start,
  changedAt: start,
  ...more,
});
const shown = (keys: readonly RotatingKey[], now: Instant, more: object = {}) =>
  rotationPlan(keys, { ...rules, ...more, now }).map((step) =>
    step.do === "generate" ? `generate ${step.algorithm} ${step.bits}` : `${step.do} ${step.key.keyId}`,
  );
const after = (days: number) => addSeconds(start, days * day);

test("nothing is done before its time; then the key in reserve takes over, and another one goes into reserve", () => {
  const keys = [key("a", "active"), key("b", "initial")];
  expect(shown(keys, after(89))).toEqual([]);
  expect(shown(keys, after(90))).toEqual(["activate b", "generate RS256 2048"]);
});

test("a key signs only when every verifier can have fetched it", () => {
  const alone = [key("a", "active")];
  expect(shown(alone, after(100))).toEqual(["generate RS256 2048"]);
  const young = [...alone, key("b", "initial", { createdAt: after(100) })];
  expect(shown(young, after(100))).toEqual([]);
  expect(shown(young, addSeconds(after(100), publishedFirstSeconds - 1))).toEqual([]);
  expect(shown(young, addSeconds(after(100), publishedFirstSeconds))[0]).toBe("activate b");
});

test("a key that was replaced goes when all that it signed has expired, not before", () => {
  const keys = [key("a", "inactive"), key("b", "active"), key("c", "initial")];
  expect(shown(keys, addSeconds(after(30), -1))).toEqual([]);
  expect(shown(keys, after(30))).toEqual(["remove a"]);
  expect(shown(keys, after(30), { keptSeconds: 60 * day })).toEqual([]);
});

test("the kind stays: longer RSA keys are followed by ones of their length, other kinds are no reserve", () => {
  const keys = [
    key("a", "active", { bits: 4096 }),
    key("b", "initial", { bits: 2048 }),
    key("c", "initial", { algorithm: "ES256", bits: null }),
  ];
  expect(shown(keys, after(90))).toEqual(["generate RS256 4096"]);
});

test("algorithms that clients ask for have keys of their own, renewed with an overlap", () => {
  const main = [key("a", "active", { changedAt: after(80) }), key("b", "initial")];
  const asked = { asked: ["PS256", "RS256"] as const };
  expect(shown(main, after(90), asked)).toEqual(["generate PS256 2048"]);
  const old = key("p", "initial", { algorithm: "PS256" });
  expect(shown([...main, old], after(90), asked)).toEqual(["generate PS256 2048"]);
  const young = key("q", "initial", { algorithm: "PS256", createdAt: after(90) });
  expect(shown([...main, old, young], after(90), asked)).toEqual([]);
  expect(shown([...main, old, young], after(91), asked)).toEqual(["retire p"]);
});

test("keys of algorithms that nobody asks for are left to who made them", () => {
  const keys = [key("a", "active"), key("b", "initial"), key("e", "initial", { algorithm: "ES256", bits: null })];
  expect(shown(keys, after(80))).toEqual([]);
});
