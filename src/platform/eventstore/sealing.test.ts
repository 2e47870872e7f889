import { expect, test } from "vitest";
import { instanceId } from "../../kernel/ids.ts";
import { createSealer } from "./sealing.ts";

const instance = instanceId.parse("1");
const sealer = createSealer(() => new Uint8Array(32).fill(1));
const text = Buffer.from("Ada Lovelace");

test("what was sealed is opened with its key at its place, and nowhere else", () => {
  const { key, wrapped } = sealer.newSubjectKey(instance, "user:1");
  const sealed = sealer.seal(key, text, "here");
  expect(Buffer.from(sealed).includes(text)).toBe(false);
  const unwrapped = sealer.unwrap(instance, "user:1", wrapped);
  expect(Buffer.from(sealer.open(unwrapped, sealed, "here"))).toEqual(text);
  expect(() => sealer.open(key, sealed, "there")).toThrow();
  expect(() => sealer.open(sealer.newSubjectKey(instance, "user:2").key, sealed, "here")).toThrow();
});

test("a wrapped key serves its own subject only", () => {
  const { wrapped } = sealer.newSubjectKey(instance, "user:1");
  expect(() => sealer.unwrap(instance, "user:2", wrapped)).toThrow();
  expect(() => sealer.unwrap(instanceId.parse("2"), "user:1", wrapped)).toThrow();
});

test("a changed byte anywhere is noticed", () => {
  const { key } = sealer.newSubjectKey(instance, "user:1");
  const sealed = sealer.seal(key, text, "here");
  for (let index = 0; index < sealed.length; index += 1) {
    const changed = Uint8Array.from(sealed, (byte, at) => (at === index ? byte ^ 1 : byte));
    expect(() => sealer.open(key, changed, "here")).toThrow();
  }
});
