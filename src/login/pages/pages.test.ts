import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { html, htmlText } from "../html.ts";
import { languageCodes } from "../i18n/languages.ts";
import { translator } from "../i18n/translator.ts";
import { mark } from "../mark.ts";
import { stylesheet } from "../style.ts";
import { renderHostUnknownPage } from "./host-unknown.ts";
import { initials } from "./parts/account.ts";
import { samples } from "./samples.ts";

const voidTags = new Set(["meta", "link", "input", "img", "!doctype"]);

type Tag = { readonly name: string; readonly attributes: ReadonlyMap<string, string> };

/** Reads the tags and throws where they do not nest: enough of a parser for markup that our own template made. */
function tagsOf(page: string): readonly Tag[] {
  const open: string[] = [];
  const tags: Tag[] = [];
  for (const [, closing, name = "", rest = "", selfClosing] of page.matchAll(
    /<(\/?)(!?[a-z][a-z0-9]*)((?:\s+[a-z-]+(?:="[^"<>]*")?)*)\s*(\/?)>/gi,
  )) {
    const tag = name.toLowerCase();
    if (closing) {
      if (open.pop() !== tag) throw new Error(`</${tag}> does not close what is open`);
      continue;
    }
    if (!voidTags.has(tag) && !selfClosing) open.push(tag);
    const pairs = [...rest.matchAll(/([a-z-]+)(?:="([^"]*)")?/gi)].map(
      ([, key = "", value = ""]) => [key, value] as const,
    );
    tags.push({ name: tag, attributes: new Map(pairs) });
  }
  if (open.length > 0) throw new Error(`not closed: ${open.join(" ")}`);
  if (tags.length !== page.split(/<(?!\/)/).length - 1) throw new Error("a tag was not understood");
  return tags;
}

const cases = languageCodes.flatMap((language) =>
  Object.entries(samples).map(([name, render]) => ({ name, language, render })),
);

describe.each(cases)("$name in $language", ({ language, render }) => {
  const page = htmlText(render(translator(language)));
  const tags = tagsOf(page);
  const all = (name: string) => tags.filter((tag) => tag.name === name);
  const ids = tags.flatMap((tag) => tag.attributes.get("id") ?? []);

  test("is one document with its language, one heading and its landmarks", () => {
    expect(page).toMatch(/^<!doctype html>\n<html lang="(en|de)" dir="ltr">/);
    expect(all("html")[0]?.attributes.get("lang")).toBe(language);
    for (const name of ["title", "h1", "header", "main", "footer"]) expect(all(name), name).toHaveLength(1);
    expect(page).toMatch(/<title>[^<]{5,}<\/title>/);
    expect(new Set(ids).size).toBe(ids.length);
  });

  test("has no script and no style of its own, and links only where a URL is safe", () => {
    const withoutFiles = page.replace(/<script src="\/ui\/assets\/[\w.-]+\.js"><\/script>/g, "");
    expect(withoutFiles).not.toMatch(/<(script|style|iframe|object|embed|base)\b/i);
    for (const { attributes } of tags) {
      for (const name of attributes.keys()) expect(name).not.toMatch(/^(on.*|style)$/i);
      for (const name of ["href", "src", "action"]) expect(attributes.get(name) ?? "/").toMatch(/^([/?#]|https:\/\/)/);
    }
  });

  test("labels every visible field, and what describes a field exists", () => {
    const fields = all("input").filter(
      ({ attributes }) => attributes.get("type") !== "hidden" && !attributes.has("hidden"),
    );
    const labelled = all("label").map(({ attributes }) => attributes.get("for"));
    for (const { attributes } of fields) {
      expect(labelled).toContain(attributes.get("id"));
      expect(attributes.get("autocomplete")).toBeTruthy();
      if (attributes.has("aria-invalid")) expect(attributes.get("aria-describedby")).toBeTruthy();
    }
    for (const { attributes } of tags) {
      for (const id of attributes.get("aria-describedby")?.split(" ") ?? []) expect(ids).toContain(id);
    }
    expect(tags.filter(({ attributes }) => attributes.has("autofocus")).length).toBeLessThanOrEqual(1);
  });

  test("sends its forms by POST, with the proof of origin to us and to nobody else", () => {
    const ours = all("form").filter(({ attributes }) => attributes.get("action")?.startsWith("/"));
    expect(page.split('name="csrf"').length).toBe(ours.length + 1);
    for (const { attributes } of all("form")) expect(attributes.get("method")).toBe("post");
  });

  test("never sends a password back", () => {
    for (const { attributes } of all("input")) {
      if (attributes.get("type") === "password") expect(attributes.has("value")).toBe(false);
    }
  });

  test("is a first view of less than 20 KB with everything it loads, 7 KB compressed", () => {
    const everything = [page, stylesheet.body, mark.body];
    expect(Buffer.byteLength(everything.join(""))).toBeLessThan(20_000);
    expect(everything.reduce((sum, body) => sum + gzipSync(body).byteLength, 0)).toBeLessThan(7_000);
  });
});

const render = (name: string): string => htmlText(samples[name]?.(translator("en")) ?? html``);

test("a locked or inactive account has nothing to type, and says what to do", () => {
  for (const name of ["password-locked", "account-locked", "account-inactive"]) {
    expect(render(name), name).not.toContain('type="password"');
    expect(render(name), name).toMatch(/role="alert"[\s\S]*ask your administrator/i);
  }
});

test("a mistake is said in an alert that describes the field, and first in the window title", () => {
  const page = render("password-wrong");
  expect(page).toContain("<title>Error: Enter your password – Rhine Winegrowers</title>");
  expect(page).toMatch(/role="alert" id="problem">[\s\S]*2 more attempts/);
  expect(page).toMatch(/<input id="password"[^>]*aria-invalid="true" aria-describedby="problem"/);
});

test("what was typed is kept, and password managers see whose password it is", () => {
  expect(render("login-name-unknown")).toContain('value="vera.munto@rhine.example"');
  expect(render("password")).toMatch(/value="vera.munot@rhine.example" autocomplete="username" readonly hidden/);
});

const hostPage = (host: string): string =>
  htmlText(renderHostUnknownPage({ frame: {}, host, scheme: "https" }, translator("en")));

test("the command for an unknown host is for exactly that host", () => {
  expect(hostPage("Login.Example:8443")).toContain("MUNOT_EXTERNAL_URL=https://login.example:8443 npm start");
  expect(hostPage("[::1]:8080")).toContain("MUNOT_EXTERNAL_URL=https://[::1]:8080 npm start");
});

test.each(["$(reboot)", "a;b", "a b", "`x`", "a\nb", "'", "-rf", "", "x".repeat(9_000)])(
  "a host that a shell would read (%j) is never part of the command",
  (host) => {
    expect(hostPage(host)).toContain("MUNOT_EXTERNAL_URL=https://your-host.example npm start");
  },
);

test.each([
  [{ loginName: "vera@rhine.example", displayName: "Vera Munot" }, "VM"],
  [{ loginName: "vera@rhine.example", displayName: "Anna Maria von Salis" }, "AS"],
  [{ loginName: "vera@rhine.example" }, "V"],
  [{ loginName: "x", displayName: "👩‍👩‍👧 Öz" }, "Ö"],
  [{ loginName: "…" }, "?"],
])("the initials of %j are %s", (account, expected) => {
  expect(initials(account)).toBe(expected);
});

test("the stylesheet's path changes with its content, and branding has its properties", () => {
  expect(stylesheet.path).toMatch(/^\/ui\/assets\/login\.[a-z0-9]{8,}\.css$/);
  for (const property of ["--font", "--background", "--primary", "--on-primary", "--warn"]) {
    expect(stylesheet.body).toContain(`${property}:`);
  }
});
