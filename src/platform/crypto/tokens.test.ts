import { inspect } from "node:util";
import fc from "fast-check";
import { expect, test } from "vitest";
import { type TokenKind, tokenKinds } from "../../kernel/token.ts";
import { createNewId } from "./ids.ts";
import { reveal } from "./secret.ts";
import { createMintToken, hashSecret, matches, parseToken } from "./tokens.ts";

const mintToken = createMintToken(createNewId());
const kinds = Object.keys(tokenKinds) as TokenKind[];
const kind = fc.constantFrom(...kinds);
const alphabet = [..."ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.=+/ \n"];

test.each(kinds)("a minted %s parses to itself and matches its stored hash", (one) => {
  const minted = mintToken(one);
  const parsed = parseToken(minted.text);
  expect(parsed).toMatchObject({ kind: one, id: minted.id });
  if (parsed === null) return;
  expect(hashSecret(parsed.secret)).toEqual(minted.hash);
  expect(matches(minted.hash, parsed.secret)).toBe(true);
});

/** What a verifier would accept: same kind, same id, matching secret. */
const accepted = (presented: string, one: TokenKind, id: string, hash: Uint8Array): boolean => {
  const parsed = parseToken(presented);
  return parsed !== null && parsed.kind === one && parsed.id === id && matches(hash, parsed.secret);
};

test("changing any character of a token makes it invalid", () => {
  fc.assert(
    fc.property(kind, fc.nat(), fc.constantFrom(...alphabet), (one, position, replacement) => {
      const { text, id, hash } = mintToken(one);
      const at = position % text.length;
      fc.pre(text[at] !== replacement);
      expect(accepted(text.slice(0, at) + replacement + text.slice(at + 1), one, id, hash)).toBe(false);
    }),
    { numRuns: 1_000 },
  );
});

test("every single change of the last character is refused, also those that differ in unused bits only", () => {
  const { text, id, hash } = mintToken("access");
  for (const replacement of alphabet) {
    if (replacement === text.at(-1)) continue;
    expect(accepted(text.slice(0, -1) + replacement, "access", id, hash)).toBe(false);
  }
});

test("cutting a token anywhere makes it none of its kind", () => {
  fc.assert(
    fc.property(kind, fc.nat(), fc.integer({ min: 1, max: 10 }), (one, position, count) => {
      const { text } = mintToken(one);
      const at = position % text.length;
      // A cut prefix may be another kind's, under which nothing stands by that id.
      expect(parseToken(text.slice(0, at) + text.slice(at + count))?.kind).not.toBe(one);
    }),
  );
});

test("adding characters anywhere makes a token invalid", () => {
  const added = fc.array(fc.constantFrom(...alphabet), { minLength: 1, maxLength: 10 }).map((chars) => chars.join(""));
  fc.assert(
    fc.property(kind, fc.nat(), added, (one, position, extra) => {
      const { text, id, hash } = mintToken(one);
      const at = position % (text.length + 1);
      expect(accepted(text.slice(0, at) + extra + text.slice(at), one, id, hash)).toBe(false);
    }),
  );
});

test("no text at all makes the parser throw", () => {
  fc.assert(fc.property(fc.string(), (text) => parseToken(text) === null));
  expect(parseToken("toString_123456789012345678.x")).toBe(null);
});

test("a parsed secret does not show itself in text, JSON or inspection", () => {
  const { text } = mintToken("refresh");
  const parsed = parseToken(text);
  expect(parsed).not.toBe(null);
  if (parsed === null) return;
  const shown = [`${parsed.secret}`, JSON.stringify(parsed), inspect(parsed, { depth: 9, showHidden: true })].join();
  expect(shown).not.toContain(Buffer.from(reveal(parsed.secret)).toString("base64url"));
  expect(shown).not.toContain(Buffer.from(reveal(parsed.secret)).toString("hex").slice(0, 8));
  expect(shown).toContain("[secret]");
});

test("prefixes are unique", () => {
  expect(new Set(kinds.map((one) => tokenKinds[one].prefix)).size).toBe(kinds.length);
});
