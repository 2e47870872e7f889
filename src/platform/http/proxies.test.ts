import { describe, expect, test } from "vitest";
import { clientAddress, noProxies, parseTrustedProxies, requestHost, requestScheme } from "./proxies.ts";

const from = (remoteAddress: string, headers: Record<string, string> = {}) => ({
  headers: { host: "own.example", ...headers },
  socket: { remoteAddress },
});
const trusted = parseTrustedProxies(["10.0.0.0/8", "::1"]);
const forwarded = {
  "x-forwarded-for": "198.51.100.1, 203.0.113.7, 10.1.1.1",
  "x-forwarded-host": "id.example.com",
  "x-forwarded-proto": "https",
};

test("without trusted proxies nothing that is forwarded counts", () => {
  expect(clientAddress(from("10.0.0.1", forwarded), noProxies)).toBe("10.0.0.1");
  expect(requestHost(from("10.0.0.1", forwarded), noProxies)).toBe("own.example");
  expect(requestScheme(from("10.0.0.1", forwarded), noProxies)).toBe("http");
});

describe("behind trusted proxies", () => {
  test("the caller is the nearest hop that is not one of them; what it claims itself does not count", () => {
    expect(clientAddress(from("::ffff:10.0.0.1", forwarded), trusted)).toBe("203.0.113.7");
    expect(clientAddress(from("::1", { "x-forwarded-for": "[2001:db8::1]:443" }), trusted)).toBe("2001:db8::1");
    expect(clientAddress(from("10.0.0.1", { "x-forwarded-for": "unknown" }), trusted)).toBe("10.0.0.1");
    expect(clientAddress(from("10.0.0.1"), trusted)).toBe("10.0.0.1");
  });

  test("host and scheme are those of the nearest proxy", () => {
    expect(requestHost(from("10.0.0.1", forwarded), trusted)).toBe("id.example.com");
    expect(requestScheme(from("10.0.0.1", forwarded), trusted)).toBe("https");
  });

  test("a stranger's headers do not count", () => {
    expect(clientAddress(from("203.0.113.99", forwarded), trusted)).toBe("203.0.113.99");
    expect(requestHost(from("203.0.113.99", forwarded), trusted)).toBe("own.example");
  });
});

test("a list with a wrong entry is refused by its name", () => {
  expect(() => parseTrustedProxies(["10.0.0.0/8", "proxy.internal"])).toThrow(/proxy\.internal/);
});
