import { describe, expect, test } from "vitest";
import { html, htmlText } from "../html.ts";
import { de } from "./de.ts";
import { en } from "./en.ts";
import { languageCodes } from "./languages.ts";
import type { catalogue, Message } from "./message.ts";
import { pickLanguage } from "./pick-language.ts";
import { translator } from "./translator.ts";

describe("the language of a page", () => {
  test.each([
    [undefined, undefined, "en"],
    ["de", "en", "de"],
    ["fr-CH de-CH en", undefined, "de"],
    ["xx", "de-AT,de;q=0.9,en;q=0.8", "de"],
    [undefined, "en;q=0.2, de;q=0.9", "de"],
    [undefined, "de;q=0, en", "en"],
    [undefined, "fr, *;q=0.5", "en"],
    [undefined, "DE-de", "de"],
    ["__proto__ constructor", ";;;,=,q=1,-", "en"],
    [undefined, `${"x-".repeat(50_000)}`, "en"],
  ] as const)("ui_locales %j and Accept-Language %j give %s", (uiLocales, acceptLanguage, expected) => {
    expect(pickLanguage(uiLocales, acceptLanguage)).toBe(expected);
  });
});

describe("messages", () => {
  const t = translator("en");

  test("choose the plural form of the language", () => {
    expect(t.text("rules.minLength", { count: 1 })).toBe("at least 1 character");
    expect(t.text("rules.minLength", { count: 12 })).toBe("at least 12 characters");
    expect(translator("de").text("problem.many", { count: 2 })).toBe("Bitte prüfen Sie 2 Eingaben");
  });

  test("escape their parameters, and keep markup that was made as markup", () => {
    const hostile = "<img src=x onerror=alert(1)>";
    expect(htmlText(t.rich("frame.continueTo", { application: hostile }))).not.toContain("<");
    expect(htmlText(html`<p>${t.text("frame.continueTo", { application: hostile })}</p>`)).not.toContain("<img");
    expect(htmlText(t.rich("frame.continueTo", { application: html`<b>${hostile}</b>` }))).toMatch(
      /<b>&lt;img.*<\/b>$/,
    );
  });

  test("a parameter is not read as a message of its own", () => {
    expect(t.text("signOut.textApplication", { application: "{application}" })).toMatch(/^\{application\} asks/);
  });
});

const parametersOf = (message: Message): readonly string[] =>
  (typeof message === "string" ? [message] : Object.values(message)).flatMap((text) =>
    [...text.matchAll(/\{(\w+)\}/g)].map((match) => match[1] ?? ""),
  );

test("every language has the keys and, in each plural form, the parameters of English", () => {
  expect(Object.keys(de).sort()).toEqual(Object.keys(en).sort());
  for (const key of Object.keys(en) as (keyof typeof en)[]) {
    expect(new Set(parametersOf(de[key])), key).toEqual(new Set(parametersOf(en[key])));
  }
  expect(languageCodes).toEqual(["en", "de"]);
});

test("the type checker refuses a missing or unknown key and a missing parameter", () => {
  const { "start.title": _title, ...withoutTitle } = en;
  const neverCalled = (define: typeof catalogue, t: ReturnType<typeof translator>): void => {
    // @ts-expect-error a missing key
    define(withoutTitle);
    // @ts-expect-error an unknown key
    define({ ...en, "start.unknown": "x" });
    // @ts-expect-error a message without its parameter
    define({ ...en, "frame.continueTo": "to continue" });
    // @ts-expect-error an unknown message
    t.text("start.unknown");
    // @ts-expect-error a parameter left out
    t.text("frame.continueTo");
  };
  expect(neverCalled).toBeTypeOf("function");
});
