import fc from "fast-check";
import { expect, test } from "vitest";
import { OAuthError } from "./errors.ts";
import { readParameters, refuseRepeated, required, spaceDelimited } from "./parameters.ts";
import { readScope } from "./scope.ts";

const read = (query: string) => readParameters(new URLSearchParams(query));

test("RFC 6749 §3.1: a parameter without a value counts as omitted", () => {
  expect(read("state=&nonce=n").values.has("state")).toBe(false);
  expect(() => required(read("code="), "code")).toThrow("missing");
});

test("RFC 6749 §3.1: a parameter that comes twice is refused, and neither value is used", () => {
  const parameters = read("client_id=a&client_id=b&state=s");
  expect(parameters.values.has("client_id")).toBe(false);
  expect(() => refuseRepeated(parameters)).toThrow(OAuthError);
  expect(read("client_id=a&client_id=b&client_id=c").values.has("client_id")).toBe(false);
});

test("every parameter is read as it was sent, once", () => {
  const name = fc.string({ minLength: 1, maxLength: 20 });
  const value = fc
    .string({ minLength: 1, maxLength: 100, unit: "grapheme" })
    .filter((text) => !text.includes("\u0000"));
  fc.assert(
    fc.property(fc.uniqueArray(fc.tuple(name, value), { selector: ([key]) => key, maxLength: 20 }), (pairs) => {
      const parsed = readParameters(new URLSearchParams(pairs.map(([key, one]) => [key, one])));
      expect([...parsed.values]).toEqual(pairs);
      expect(parsed.repeated.size).toBe(0);
    }),
  );
});

test("whatever is sent, reading gives parameters or an OAuth error", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 300 }), (query) => {
      try {
        const { values, repeated } = read(query);
        for (const key of repeated) expect(values.has(key)).toBe(false);
      } catch (error) {
        expect(error).toBeInstanceOf(OAuthError);
      }
    }),
  );
});

test("too many or too long parameters and null characters are refused", () => {
  expect(() => read(`state=${"x".repeat(8_193)}`)).toThrow(OAuthError);
  expect(() => read("state=%00")).toThrow(OAuthError);
  expect(() => read(Array.from({ length: 101 }, (_, index) => `p${index}=1`).join("&"))).toThrow(OAuthError);
});

test("space-delimited values come once each, in order", () => {
  expect(spaceDelimited("b a  b")).toEqual(["b", "a"]);
});

test("OpenID Connect Core 1.0 §3.1.2.1: unknown scopes are ignored; RFC 6749 §3.3: malformed ones refused", () => {
  expect(readScope("openid made-up urn:zitadel:iam:user:metadata")).toEqual([
    "openid",
    "urn:zitadel:iam:user:metadata",
  ]);
  expect(() => readScope('openid "quoted"')).toThrow(OAuthError);
});
