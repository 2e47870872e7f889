import { expect, test } from "vitest";
import { responseUrl } from "./response-url.ts";

const parameters = [
  ["code", "ac_1.x"],
  ["state", "a b&c"],
] as const;

test("every parameter comes back, encoded once (RFC 6749 §4.1.2)", () => {
  const url = new URL(responseUrl("https://app.example.com/cb", "query", parameters));
  expect([...url.searchParams]).toEqual(parameters);
});

test.each([
  ["https://app.example.com/cb?keep=1", "https://app.example.com/cb?keep=1&code=ac_1.x&state=a%20b%26c"],
  ["https://app.example.com/cb?", "https://app.example.com/cb?code=ac_1.x&state=a%20b%26c"],
  ["com.example.app:/cb", "com.example.app:/cb?code=ac_1.x&state=a%20b%26c"],
])("a registered redirect URI is kept as it is: %s", (redirectUri, url) => {
  expect(responseUrl(redirectUri, "query", parameters)).toBe(url);
});

test("fragment mode answers in the fragment, whatever the query is", () => {
  expect(responseUrl("https://app.example.com/cb?keep=1", "fragment", [["code", "c"]])).toBe(
    "https://app.example.com/cb?keep=1#code=c",
  );
});
