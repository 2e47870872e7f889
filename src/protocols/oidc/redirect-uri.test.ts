import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isAllowedPostLogoutUri, isAllowedRedirectUri, matchesGlob, type RedirectRules } from "./redirect-uri.ts";

const rules = (more: Partial<RedirectRules>): RedirectRules => ({
  appType: "web",
  devMode: false,
  redirectUris: ["https://app.example.com/callback"],
  ...more,
});

describe("redirect URIs", () => {
  test("the registered text is allowed, and no other", () => {
    expect(isAllowedRedirectUri("https://app.example.com/callback", rules({}))).toBe(true);
    for (const other of [
      "https://app.example.com/callback/",
      "https://app.example.com/Callback",
      "https://app.example.com:443/callback",
      "https://app.example.com/callback?x=1",
      "https://app.example.com/callback#x",
      "https://app.example.com/a/../callback",
      "https://app.example.com.evil.example/callback",
      "https://app.example.com@evil.example/callback",
      "https://user@app.example.com/callback",
      " https://app.example.com/callback",
      "https://app.example.com\\@evil.example/callback",
      "//app.example.com/callback",
      "",
    ]) {
      expect(isAllowedRedirectUri(other, rules({})), other).toBe(false);
    }
  });

  test("schemes that run code are never allowed, even when registered", () => {
    for (const uri of [
      "javascript:alert(1)",
      "data:text/html,x",
      "vbscript:x",
      "JavaScript:alert(1)",
      "file:///etc/x",
    ]) {
      expect(isAllowedRedirectUri(uri, rules({ appType: "native", devMode: true, redirectUris: [uri] })), uri).toBe(
        false,
      );
    }
  });

  test("own schemes are for native apps, plain http in the browser for development mode", () => {
    const own = "com.example.app:/callback";
    expect(isAllowedRedirectUri(own, rules({ appType: "native", redirectUris: [own] }))).toBe(true);
    expect(isAllowedRedirectUri(own, rules({ redirectUris: [own] }))).toBe(false);
    const plain = "http://app.example.com/callback";
    expect(isAllowedRedirectUri(plain, rules({ appType: "user_agent", redirectUris: [plain] }))).toBe(false);
    expect(isAllowedRedirectUri(plain, rules({ appType: "user_agent", redirectUris: [plain], devMode: true }))).toBe(
      true,
    );
    expect(isAllowedRedirectUri(plain, rules({ appType: "native", redirectUris: [plain] }))).toBe(false);
  });

  test("RFC 8252 §7.3: a native app's loopback redirect may use any port, and only the port", () => {
    const native = rules({ appType: "native", redirectUris: ["http://127.0.0.1/callback"] });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 65_535 }), (port) =>
        isAllowedRedirectUri(`http://127.0.0.1:${port}/callback`, native),
      ),
    );
    for (const other of [
      "http://127.0.0.1:1234/other",
      "http://127.0.0.1:1234/callback?x=1",
      "http://127.0.0.1.evil.example:1234/callback",
      "http://127.0.0.1@evil.example/callback",
      "http://10.0.0.1:1234/callback",
    ]) {
      expect(isAllowedRedirectUri(other, native), other).toBe(false);
    }
    const web = rules({ redirectUris: ["http://127.0.0.1/callback"] });
    expect(isAllowedRedirectUri("http://127.0.0.1:1234/callback", web)).toBe(false);
  });

  test("RFC 8252 §7: beside its loopback a native app gets answers only at what it registered, character by character", () => {
    const registered = ["http://127.0.0.1/cb", "http://[::1]/cb", "com.example.app:/cb", "https://app.example.com/cb"];
    const native = rules({ appType: "native", redirectUris: registered });
    for (const uri of [...registered, "http://[::1]:49152/cb", "http://127.0.0.1:80/cb"]) {
      expect(isAllowedRedirectUri(uri, native), uri).toBe(true);
    }
    const start = fc.constantFrom(
      ...registered,
      "http://localhost",
      "https://127.0.0.1",
      "COM.example.app:",
      "http:",
      "",
    );
    fc.assert(
      fc.property(start, fc.string({ maxLength: 12 }), fc.nat(40), (from, added, at) => {
        const presented = from.slice(0, at) + added + from.slice(at);
        if (!isAllowedRedirectUri(presented, native) || registered.includes(presented)) return;
        const { protocol, hostname, pathname, search, hash } = new URL(presented);
        expect([protocol, pathname, search, hash]).toEqual(["http:", "/cb", "", ""]);
        expect(["127.0.0.1", "[::1]", "localhost"]).toContain(hostname);
      }),
      { numRuns: 5_000 },
    );
  });

  test("globs are for development mode, and never leave their part of the URI", () => {
    const glob = ["https://*.preview.example.com/callback"];
    const uri = "https://pr-1.preview.example.com/callback";
    expect(isAllowedRedirectUri(uri, rules({ redirectUris: glob, devMode: true }))).toBe(true);
    expect(isAllowedRedirectUri(uri, rules({ redirectUris: glob }))).toBe(false);
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (filling) => {
        const presented = `https://${filling}.preview.example.com/callback`;
        if (!isAllowedRedirectUri(presented, rules({ redirectUris: glob, devMode: true }))) return;
        expect(new URL(presented).hostname.endsWith(".preview.example.com")).toBe(true);
      }),
    );
    for (const filling of ["evil.example/?", "evil.example#", "evil.example?", "a@evil.example/", "evil.example\\"]) {
      expect(matchesGlob(`https://${filling}.preview.example.com/callback`, glob[0] ?? ""), filling).toBe(false);
    }
  });

  test("a star stands for no step up: browsers resolve those before they go anywhere", () => {
    const app = rules({ redirectUris: ["https://app.example.com/tenants/*/callback"], devMode: true });
    expect(isAllowedRedirectUri("https://app.example.com/tenants/acme/callback", app)).toBe(true);
    for (const step of ["..", ".", "%2e%2e", ".%2E"]) {
      expect(isAllowedRedirectUri(`https://app.example.com/tenants/${step}/callback`, app), step).toBe(false);
    }
  });

  test("matching takes time in proportion to what is presented, whatever was registered", () => {
    const registered = "https://h.example/*-*-*-*x";
    expect(matchesGlob(`https://h.example/${"-".repeat(1_900)}x`, registered)).toBe(true);
    const before = performance.now();
    expect(matchesGlob(`https://h.example/${"-".repeat(1_900)}`, registered)).toBe(false);
    expect(performance.now() - before).toBeLessThan(100);
  });

  test("matching finds what a search through all ways of matching finds", () => {
    const text = (most: number) =>
      fc.array(fc.constantFrom("a", "b", "/", "."), { maxLength: most }).map((all) => all.join(""));
    const pattern = fc.array(text(3), { minLength: 2, maxLength: 4 });
    fc.assert(
      fc.property(pattern, text(10), (parts, presented) => {
        const everyWay = new RegExp(`^${parts.map((part) => part.replace(/[/.]/g, "\\$&")).join("[^/]*")}$`);
        const isStep = /\/\.{1,2}(?=\/|$)/.test(presented);
        expect(matchesGlob(presented, parts.join("*"))).toBe(everyWay.test(presented) && !isStep);
      }),
      { numRuns: 2_000 },
    );
  });

  test("whatever is presented, only what equals a registered URI is allowed outside of development mode", () => {
    fc.assert(
      fc.property(fc.webUrl(), fc.webUrl(), (presented, registered) => {
        const allowed = isAllowedRedirectUri(presented, rules({ redirectUris: [registered] }));
        expect(allowed && presented !== registered).toBe(false);
      }),
    );
  });

  test("post-logout URIs are compared exactly (RP-Initiated Logout 1.0 §3)", () => {
    const registered = ["https://app.example.com/bye"];
    const allowed = (uri: string) => isAllowedPostLogoutUri(uri, { registered, devMode: false });
    expect(allowed("https://app.example.com/bye")).toBe(true);
    expect(allowed("https://app.example.com/bye?x=1")).toBe(false);
    expect(allowed("javascript:alert(1)")).toBe(false);
  });
});
