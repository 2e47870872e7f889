import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Refusal } from "../../kernel/refusal.ts";
import { fill, named } from "./fill.events.ts";
import { checkLinkTemplate, linkFrom } from "./link.events.ts";
import { composeMail, composeSms, plainLook } from "./mail-layout.events.ts";
import { messageTypes, placeholders } from "./message.events.ts";
import { de } from "./texts-de.events.ts";
import { en } from "./texts-en.events.ts";

const shown = { look: plainLook, language: "en", direction: "ltr", layout: null } as const;
const hostile = `"><script>alert(1)</script><a href='javascript:x'>{{.Code}}`;

describe.each(Object.entries({ en, de }))("the texts in %s", (_language, texts) => {
  test("name only what there is to put in", () => {
    for (const type of messageTypes) {
      const asked = Object.values(texts[type]).flatMap(named);
      expect(asked.filter((name) => !placeholders.some((one) => one === name))).toEqual([]);
    }
  });
});

test("what a user calls itself brings no markup into a mail (GHSA-v333-7h2p-5fhv)", () => {
  const values = {
    DisplayName: hostile,
    PreferredLoginName: hostile,
    Code: "ABC123",
    URL: "https://id.example/x?a=1&b=2",
  };
  const mail = composeMail(en.password_reset, values, shown);
  expect(mail.html).not.toMatch(/<script|<a href='javascript/i);
  expect(mail.html).toContain('href="https://id.example/x?a=1&amp;b=2"');
  expect(mail.text).toContain("ABC123");
  // A value that looks like a placeholder is a text: the code does not come in by it a second time.
  expect(mail.html.split("ABC123")).toHaveLength(2);
});

test("texts and layouts that administrators write are escaped as well", () => {
  const layout = "<main><h1>{{.Title}}</h1><p>{{.Text}}</p><a href='{{.URL}}'>{{.ButtonText}}</a></main>";
  const mail = composeMail(
    { ...en.init, title: hostile, text: "one\ntwo" },
    { URL: "javascript:alert(1)" },
    { ...shown, layout },
  );
  expect(mail.html).toContain("one<br>two");
  expect(mail.html).toContain("<a href=''>");
  expect(mail.html).not.toContain("<script");
});

test("a subject is one line, whatever it is made of", () => {
  const { subject } = composeMail(en.invite_user, { ApplicationName: "A\r\nBcc: eve@evil.example" }, shown);
  expect(subject).toBe("You are invited to A Bcc: eve@evil.example");
});

test("an SMS ends with the line by which phones fill in the code", () => {
  const text = composeSms(en.verify_sms_otp, { OTP: "123456", Domain: "id.example", Expiry: "5 minutes" });
  expect(text).toMatch(/\n@id\.example #123456$/);
});

describe("links", () => {
  const known = (origin: string) => origin === "https://id.example";
  const refusal = (template: string): unknown => {
    try {
      checkLinkTemplate(template, known);
      return null;
    } catch (error) {
      return error instanceof Refusal ? error.code : error;
    }
  };

  test("lead to hosts that the instance knows, and to no other", () => {
    expect(refusal("https://id.example/verify?code={{.Code}}&user={{.UserID}}#{{.OrgID}}")).toBeNull();
    for (const template of [
      "https://evil.example/{{.Code}}",
      "https://id.example.evil.example/{{.Code}}",
      "https://id.example@evil.example/{{.Code}}",
      "https://{{.UserID}}.example/",
      "https://{{.LoginName}}/",
      "https://id.example:8443/",
      "http://id.example/",
      "javascript:alert({{.Code}})",
      "//id.example/{{.Code}}",
      "{{.Code}}",
      "https://id.example/{{.Secret}}",
      "https://id.example/{{if .Code}}x{{end}}",
    ]) {
      expect(refusal(template), template).toBe("request.invalid");
    }
  });

  test("hold any value as one part of the URL", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), (value) => {
        fc.pre(value.isWellFormed());
        const url = new URL(linkFrom("https://id.example/v?code={{.Code}}&next=1", { Code: value }));
        expect([url.origin, url.searchParams.get("code"), url.searchParams.get("next"), url.hash]).toEqual([
          "https://id.example",
          value,
          "1",
          "",
        ]);
      }),
    );
  });
});

test("a template is filled once: values are not looked at again", () => {
  expect(fill("{{.A}}{{ .B }}{{.C}}{{D}}", { A: "{{.B}}", B: "b" })).toBe("{{.B}}b{{D}}");
  expect(fill("{{.constructor}}{{.__proto__}}", {})).toBe("");
});
