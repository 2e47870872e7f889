import { expect, test } from "vitest";
import { callbackUrl } from "./callback-url.ts";

const issuer = "https://id.example.com";
const at = (redirectUri: string, responseMode: "query" | "fragment" = "query", state: string | null = "a b&c") => ({
  redirectUri,
  responseMode,
  state,
});

test("code, state and iss come back, each encoded once (RFC 6749 §4.1.2, RFC 9207 §2)", () => {
  const url = new URL(callbackUrl(at("https://app.example.com/cb"), issuer, { code: "ac_1.x" }));
  expect([...url.searchParams]).toEqual([
    ["code", "ac_1.x"],
    ["state", "a b&c"],
    ["iss", issuer],
  ]);
});

test.each([
  ["https://app.example.com/cb?keep=1", "https://app.example.com/cb?keep=1&code=c&iss="],
  ["https://app.example.com/cb?", "https://app.example.com/cb?code=c&iss="],
  ["com.example.app:/cb", "com.example.app:/cb?code=c&iss="],
])("a registered redirect URI is kept as it is: %s", (redirectUri, start) => {
  const url = callbackUrl(at(redirectUri, "query", null), issuer, { code: "c" });
  expect(url.startsWith(start)).toBe(true);
});

test("fragment mode answers in the fragment", () => {
  const url = callbackUrl(at("https://app.example.com/cb", "fragment", null), issuer, { code: "c" });
  expect(url).toBe(`https://app.example.com/cb#code=c&iss=${encodeURIComponent(issuer)}`);
});

test("errors carry their description, the state and iss (RFC 6749 §4.1.2.1)", () => {
  const answer = { error: "access_denied", errorDescription: "No & never", errorUri: "https://help.example.com/" };
  const url = new URL(callbackUrl(at("https://app.example.com/cb"), issuer, answer));
  expect(Object.fromEntries(url.searchParams)).toEqual({
    error: "access_denied",
    error_description: "No & never",
    error_uri: "https://help.example.com/",
    state: "a b&c",
    iss: issuer,
  });
});
