import fc from "fast-check";
import { expect, test } from "vitest";
import { browserCookies } from "./browser-cookie.ts";

const key = new Uint8Array(32).fill(7);
const cookies = browserCookies({ key, secure: true });

const issue = (from = cookies) => {
  const sent: string[] = [];
  const id = from.ensure({ headers: {} }, { header: (_name, value) => sent.push(value) });
  const setCookie = sent[0] ?? "";
  return { id, setCookie, pair: setCookie.split(";")[0] ?? "" };
};

test("a browser without a cookie gets one that subdomains and scripts cannot touch", () => {
  const { setCookie } = issue();
  expect(setCookie).toMatch(
    /^__Host-munot-browser=[\w-]+\.[\w-]{43}; Path=\/; Max-Age=\d+; HttpOnly; SameSite=Lax; Secure$/,
  );
  expect(setCookie).not.toContain("Domain");
});

test("a browser keeps its id", () => {
  const { id, pair } = issue();
  const again = cookies.ensure({ headers: { cookie: `a=b; ${pair}` } }, { header: () => expect.unreachable() });
  expect(again).toBe(id);
});

test("a cookie with any changed character is nobody's", () => {
  const { pair } = issue();
  const [name = "", value = ""] = pair.split("=");
  fc.assert(
    fc.property(fc.nat(value.length - 1), fc.constantFrom(..."AZaz09-_."), (at, character) => {
      const changed = value.slice(0, at) + character + value.slice(at + 1);
      fc.pre(changed !== value);
      expect(cookies.read({ headers: { cookie: `${name}=${changed}` } })).toBeNull();
    }),
  );
  expect(cookies.read({ headers: { cookie: `${pair}A` } })).toBeNull();
});

test("a planted cookie of the same name does not hide the browser's own", () => {
  const { id, pair } = issue();
  expect(cookies.read({ headers: { cookie: `__Host-munot-browser=evil.evil; ${pair}` } })).toBe(id);
});

test("a form token belongs to one browser and is not its cookie", () => {
  const one = issue();
  const other = issue();
  expect(cookies.isFormToken(one.id, cookies.formToken(one.id))).toBe(true);
  expect(cookies.isFormToken(one.id, cookies.formToken(other.id))).toBe(false);
  expect(one.pair).not.toContain(cookies.formToken(one.id));
});

test("another installation's cookie is nobody's", () => {
  const { pair } = issue(browserCookies({ key: new Uint8Array(32).fill(8), secure: true }));
  expect(cookies.read({ headers: { cookie: pair } })).toBeNull();
});
