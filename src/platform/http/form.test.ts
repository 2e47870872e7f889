import fc from "fast-check";
import { expect, test } from "vitest";
import { parseForm } from "./form.ts";

test("a form is read as URLSearchParams reads it, whatever it holds", () => {
  const piece = fc.oneof(fc.constantFrom("&", "=", "?", "%", "%41", "+", "a", "\u00e9", "\ufeff", "\r\n"), fc.string());
  fc.assert(
    fc.property(fc.array(piece), (pieces) => {
      const text = pieces.join("");
      expect([...parseForm(text)]).toEqual([...new URLSearchParams(text)]);
    }),
    { numRuns: 2_000 },
  );
});
