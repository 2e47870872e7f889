import type { Asset } from "./assets.ts";
import { type Hole, holesOf, isRefusedAttribute, isUrlAttribute } from "./html-holes.ts";

const kind: unique symbol = Symbol("kind");

type Piece<Kind extends string> = { readonly [kind]: Kind; readonly markup: string };

/** Markup that was escaped when it was made. Only this module can make it: data from outside never has the symbol. */
export type Html = Piece<"html">;
/** Escaped attributes for the inside of a tag, made by `attributes`. */
export type Attributes = Piece<"attributes">;
/** A URL that cannot run script, made by `safeUrl`. */
export type SafeUrl = Piece<"url">;

export type HtmlValue = Html | Attributes | SafeUrl | string | number | false | null | undefined | readonly HtmlValue[];

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

const escapeText = (text: string): string => text.replace(/[&<>"']/g, (char) => entities[char] ?? "");

const isPiece = (value: HtmlValue): value is Html | Attributes | SafeUrl =>
  typeof value === "object" && value !== null && kind in value;

const isList = (value: HtmlValue): value is readonly HtmlValue[] => Array.isArray(value);

const allowedPiece = { text: "html", attribute: null, url: "url", attributes: "attributes" } as const satisfies Record<
  Hole,
  string | null
>;

function fill(hole: Hole, value: HtmlValue): string {
  if (value === null || value === undefined || value === false) return "";
  if (isPiece(value)) {
    if (value[kind] === allowedPiece[hole]) return value.markup;
  } else if (isList(value)) {
    if (hole === "text") return value.map((item) => fill(hole, item)).join("");
  } else if (hole === "text" || hole === "attribute") {
    return escapeText(String(value));
  }
  throw new TypeError(`html template: this value may not stand in ${hole}`);
}

type Template = { readonly parts: readonly string[]; readonly holes: readonly Hole[] };
const templates = new WeakMap<TemplateStringsArray, Template>();

function templateOf(strings: TemplateStringsArray): Template {
  const known = templates.get(strings);
  if (known) return known;
  // The source's indentation is for its reader; it is not sent.
  const parts = strings.map((part) => part.replace(/\n\s*/g, "\n"));
  const template = { parts, holes: holesOf(parts) };
  templates.set(strings, template);
  return template;
}

/**
 * Template tag for markup: text and attribute values are escaped, nested `Html` is not escaped again, lists are joined,
 * null, undefined and false leave nothing. Values may stand only in text, in double-quoted attributes, as a whole URL
 * attribute (`safeUrl`) or, as `attributes(…)`, inside a tag; any other place throws.
 */
export function html(strings: TemplateStringsArray, ...values: readonly HtmlValue[]): Html {
  const { parts, holes } = templateOf(strings);
  const filled = parts.map((part, index) => {
    const hole = holes[index];
    return hole === undefined ? part : part + fill(hole, values[index]);
  });
  return { [kind]: "html", markup: filled.join("").trim() };
}

/** Attributes that depend on data: false, null and undefined leave the attribute out, true writes it without a value. */
export function attributes(
  record: Readonly<Record<string, string | number | boolean | SafeUrl | null | undefined>>,
): Attributes {
  const markup = Object.entries(record).map(([name, value]) => {
    if (!/^[a-z][a-z0-9-]*$/.test(name) || isRefusedAttribute(name)) {
      throw new TypeError(`attributes: ${JSON.stringify(name)} is not allowed`);
    }
    if (value === null || value === undefined || value === false) return "";
    if (value === true) return name;
    return `${name}="${fill(isUrlAttribute(name) ? "url" : "attribute", value)}"`;
  });
  return { [kind]: "attributes", markup: markup.filter((text) => text !== "").join(" ") };
}

/** Where a refused URL leads: to nothing, visibly, in every browser. */
const nowhere = "about:invalid";

/**
 * Admits http, https and relative URLs; everything else (javascript:, data: …) becomes `about:invalid`.
 * Decided by the WHATWG URL parser, which reads the value as the browser will.
 */
export function safeUrl(value: string): SafeUrl {
  const parsed = URL.parse(value, "https://base.invalid/");
  const isSafe = parsed !== null && (parsed.protocol === "https:" || parsed.protocol === "http:");
  return { [kind]: "url", markup: escapeText(isSafe ? value : nowhere) };
}

/** A script of ours, for the few pages that need one: a file whose path names its content, never a text. */
export const scriptFile = ({ path }: Pick<Asset, "path">): Html => ({
  [kind]: "html",
  markup: `<script src="${safeUrl(path).markup}"></script>`,
});

/** The markup as text, for the response body. */
export const htmlText = (value: Html): string => value.markup;
