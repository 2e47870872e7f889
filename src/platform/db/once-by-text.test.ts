import { expect, test } from "vitest";
import { onceByText } from "./once-by-text.ts";

test("a text is read once, and what was read is frozen to its ground", () => {
  const seen: string[] = [];
  const read = onceByText((text) => {
    seen.push(text);
    return JSON.parse(text) as { readonly a: { readonly b: number[] } };
  });
  const first = read('{"a":{"b":[1]}}');
  expect(read('{"a":{"b":[1]}}')).toBe(first);
  expect(seen).toHaveLength(1);
  expect(() => first.a.b.push(2)).toThrow(TypeError);
});

test("long texts and texts beyond a thousand are read again; a failure is not kept", () => {
  let reads = 0;
  const count = onceByText((text) => {
    reads += 1;
    if (text === "bad") throw new Error("bad");
    return text.length;
  });
  count("x".repeat(9_000));
  count("x".repeat(9_000));
  expect(reads).toBe(2);
  for (let i = 0; i < 1_001; i += 1) count(`t${i}`);
  count("t0");
  expect(reads).toBe(2 + 1_001 + 1);
  expect(() => count("bad")).toThrow();
  expect(() => count("bad")).toThrow();
  expect(reads).toBe(2 + 1_001 + 1 + 2);
});
