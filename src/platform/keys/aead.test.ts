import { randomBytes } from "node:crypto";
import fc from "fast-check";
import { expect, test } from "vitest";
import { type DerivationLabel, derivationLabels, deriveKey, openBytes, SealBroken, sealBytes } from "./aead.ts";

const key = randomBytes(32);

test("what is sealed opens to itself, and no two seals are equal", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), fc.string(), (plaintext, place) => {
      const sealed = sealBytes(key, plaintext, place);
      expect(openBytes(key, sealed, place)).toEqual(Uint8Array.from(plaintext));
      expect(sealBytes(key, plaintext, place)).not.toEqual(sealed);
    }),
  );
});

test("no changed bit, cut or added byte opens", () => {
  const sealed = sealBytes(key, Buffer.from("a secret"), "here");
  for (let bit = 0; bit < sealed.length * 8; bit++) {
    const altered = Uint8Array.from(sealed);
    altered[bit >> 3] = (altered[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    expect(() => openBytes(key, altered, "here")).toThrow(SealBroken);
  }
  for (let length = 0; length < sealed.length; length++) {
    expect(() => openBytes(key, sealed.subarray(0, length), "here")).toThrow(SealBroken);
  }
  expect(() => openBytes(key, Buffer.concat([sealed, Buffer.of(0)]), "here")).toThrow(SealBroken);
});

test("what was sealed for one place or key does not open at another", () => {
  const sealed = sealBytes(key, Buffer.from("a secret"), "here");
  expect(() => openBytes(key, sealed, "there")).toThrow(SealBroken);
  expect(() => openBytes(randomBytes(32), sealed, "here")).toThrow(SealBroken);
});

test("every label derives another key, the same each time", () => {
  // Object.keys gives strings; these are the keys of the literal table.
  const labels = Object.keys(derivationLabels) as DerivationLabel[];
  const derived = labels.map((label) => Buffer.from(deriveKey(key, label)).toString("hex"));
  expect(new Set(derived).size).toBe(labels.length);
  expect(Buffer.from(deriveKey(key, "sealSecret")).toString("hex")).toBe(derived[labels.indexOf("sealSecret")]);
});

test("a label's key is the one that earlier releases derived", () => {
  const fixed = Buffer.alloc(32, 7);
  expect(Buffer.from(deriveKey(fixed, "wrapInstanceKey")).toString("hex")).toMatchInlineSnapshot(
    `"986900b439e17099f9a5c649f6de8af01c81c8078e6f362208010bbfe0ca7f04"`,
  );
  expect(Buffer.from(deriveKey(fixed, "masterKeyId", 8)).toString("hex")).toMatchInlineSnapshot(`"8ca295874b61ac28"`);
});
