import fc from "fast-check";
import { expect, test } from "vitest";
import { decodeBase64url, equalSecrets, generateClientSecret, secret } from "./secret.ts";

test("equalSecrets says the same as ===, for texts of any length", () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), (a, b) => {
      expect(equalSecrets(a, b)).toBe(a === b);
      expect(equalSecrets(a, a)).toBe(true);
    }),
  );
});

test("base64url is decoded in its canonical form only", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
      expect(decodeBase64url(Buffer.from(bytes).toString("base64url"))).toEqual(Uint8Array.from(bytes));
    }),
  );
  for (const text of ["QQ==", "QR", "Q", "+/8", "Q Q", "QQ\n"]) expect(decodeBase64url(text)).toBe(null);
});

test("client secrets have 43 characters and do not repeat", () => {
  const made = new Set(Array.from({ length: 100 }, generateClientSecret));
  expect(made.size).toBe(100);
  for (const one of made) expect(one).toMatch(/^[A-Za-z0-9_-]{43}$/);
});

test("a secret keeps its own copy of the bytes and cannot be altered", () => {
  expect(Object.isFrozen(secret("x"))).toBe(true);
  expect(Object.keys(secret("x"))).toEqual([]);
});
