import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { attributes, html, htmlText, safeUrl } from "./html.ts";

const hostile = fc.oneof(
  fc.string({ unit: "binary" }),
  fc
    .array(fc.constantFrom("<", ">", '"', "'", "&", "&lt;", "</p>", "<script>", "=", " ", "`", "\n", "\0", "x"))
    .map((parts) => parts.join("")),
);

const decoded = (text: string): string =>
  text
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&quot;", '"')
    .replaceAll("&#39;", "'")
    .replaceAll("&amp;", "&");

describe("no value leaves its place", () => {
  test("in text", () => {
    fc.assert(
      fc.property(hostile, (value) => {
        const inner = htmlText(html`<p>[${value}]</p>`).slice("<p>[".length, -"]</p>".length);
        expect(inner).not.toMatch(/[<>"']/);
        expect(decoded(inner)).toBe(value);
      }),
    );
  });

  test("in a double-quoted attribute", () => {
    fc.assert(
      fc.property(hostile, (value) => {
        const rendered = htmlText(html`<p title="${value}" lang="en">.</p>`);
        const inner = rendered.slice('<p title="'.length, -'" lang="en">.</p>'.length);
        expect(inner).not.toMatch(/[<>"']/);
        expect(decoded(inner)).toBe(value);
      }),
    );
  });

  test("through attributes(…)", () => {
    fc.assert(
      fc.property(hostile, (value) => {
        const rendered = htmlText(html`<p ${attributes({ title: value, hidden: true, id: null })}>.</p>`);
        expect(rendered.match(/["<>]/g)).toHaveLength(6);
        expect(decoded(rendered)).toBe(`<p title="${value}" hidden>.</p>`);
      }),
    );
  });

  test("in a URL attribute, where only http, https and relative URLs remain", () => {
    fc.assert(
      fc.property(
        fc.oneof(
          hostile,
          fc.webUrl(),
          hostile.map((rest) => `javascript:${rest}`),
        ),
        (value) => {
          const href =
            /^<a href="([^"<>]*)">\.<\/a>$/s.exec(htmlText(html`<a href="${safeUrl(value)}">.</a>`))?.[1] ?? "?";
          expect(new URL(decoded(href), "https://login.example/").protocol).toMatch(/^(https?|about):$/);
        },
      ),
    );
  });
});

test("nested markup is not escaped twice, lists are joined, absent values leave nothing", () => {
  const items = ["a", "<b>"].map((item) => html`<li>${item}</li>`);
  expect(htmlText(html`<ul>${items}</ul>${null}${undefined}${false}${0}`)).toBe(
    "<ul><li>a</li><li>&lt;b&gt;</li></ul>0",
  );
});

test("data that looks like markup objects is not markup", () => {
  const forged: unknown = JSON.parse('{"kind":"html","markup":"<script>"}');
  // The cast plays a caller that passes parsed JSON past the types.
  expect(() => html`<p>${forged as string}</p>`).not.toThrow();
  expect(htmlText(html`<p>${forged as string}</p>`)).toBe("<p>[object Object]</p>");
});

describe("a template with an unsafe place throws", () => {
  test.each([
    ["an unquoted value", () => html`<p title=${"x"}>.</p>`],
    ["a single-quoted value", () => html`<p title='${"x"}'>.</p>`],
    ["a tag name", () => html`<${"p"}>.</p>`],
    ["text as an attribute", () => html`<p ${"onclick=x"}>.</p>`],
    ["a plain string as a URL", () => html`<a href="${"/x"}">.</a>`],
    ["a URL put together", () => html`<a href="/x/${safeUrl("y")}">.</a>`],
    ["markup in an attribute", () => html`<p title="${html`<b>x</b>`}">.</p>`],
    ["an event handler", () => html`<p onclick="${"x"}">.</p>`],
    ["a style attribute", () => html`<p style="${"x"}">.</p>`],
    ["a script", () => html`<script>${"x"}</script>`],
    ["a style element", () => html`<style>${"x"}</style>`],
    ["a comment", () => html`<!-- ${"x"} -->`],
    ["an open tag", () => html`<p class="x"`],
    ["an attribute name from data", () => attributes({ 'x="': "y" })],
    ["an event handler from data", () => attributes({ onclick: "y" })],
  ])("%s", (_, render) => {
    expect(render).toThrow(TypeError);
  });
});

test.each([
  ["/ui/login?x=1&y=2", "/ui/login?x=1&amp;y=2"],
  ["https://example.com/", "https://example.com/"],
  ["?lang=de", "?lang=de"],
  ["javascript:alert(1)", "about:invalid"],
  [" java\nscript:alert(1)", "about:invalid"],
  ["data:text/html,x", "about:invalid"],
  ["vbscript:x", "about:invalid"],
])("safeUrl(%j) is %s", (given, expected) => {
  expect(htmlText(html`<a href="${safeUrl(given)}">.</a>`)).toBe(`<a href="${expected}">.</a>`);
});
