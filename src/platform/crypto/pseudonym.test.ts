import fc from "fast-check";
import { expect, test } from "vitest";
import { openPseudonym, pseudonymOf } from "./pseudonym.ts";

const key = new Uint8Array(32).fill(1);
const id = fc.stringMatching(/^[A-Za-z0-9_-]{1,200}$/);

test("a pseudonym opens to its id with its key and at its place, and fits a subject identifier (OIDC Core §2)", () => {
  fc.assert(
    fc.property(id, fc.string(), (one, place) => {
      const name = pseudonymOf(key, place, one);
      expect(name.length).toBeLessThanOrEqual(255);
      expect(pseudonymOf(key, place, one)).toBe(name);
      expect(openPseudonym(key, place, name)).toBe(one);
      expect(openPseudonym(key, `${place}.`, name)).toBeNull();
      expect(openPseudonym(new Uint8Array(32).fill(2), place, name)).toBeNull();
    }),
  );
});

test("any flipped, cut or added character makes it nobody's", () => {
  const name = pseudonymOf(key, "app.example", "301542217985785857");
  for (let at = 0; at < name.length; at += 1) {
    const other = name[at] === "A" ? "B" : "A";
    expect(openPseudonym(key, "app.example", name.slice(0, at) + other + name.slice(at + 1))).toBeNull();
    expect(openPseudonym(key, "app.example", name.slice(0, at))).toBeNull();
  }
  expect(openPseudonym(key, "app.example", `${name}A`)).toBeNull();
});
