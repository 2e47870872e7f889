import { isLanguage, type Language } from "./languages.ts";

const maxChars = 500;

/** RFC 4647 §3.4 look-up: `de-CH-1996`, then `de-CH`, then `de`. */
function lookUp(tag: string): Language | undefined {
  for (let rest = tag.trim().toLowerCase(); rest !== ""; rest = rest.slice(0, Math.max(0, rest.lastIndexOf("-")))) {
    if (isLanguage(rest)) return rest;
  }
  return undefined;
}

type Wish = { readonly tag: string; readonly weight: number };

function readWish(item: string): Wish {
  const [tag = "", ...parameters] = item.split(";");
  const quality = /^\s*q=([01](?:\.\d{0,3})?)\s*$/i.exec(parameters[0] ?? "")?.[1];
  const weight = parameters.length === 0 ? 1 : Number(quality ?? 0);
  return { tag, weight };
}

/** RFC 9110 §12.5.4: the tags of an Accept-Language header, best first; weight 0 means "not acceptable". */
const acceptedTags = (header: string): readonly string[] =>
  header
    .slice(0, maxChars)
    .split(",")
    .map(readWish)
    .filter((wish) => wish.weight > 0)
    .sort((left, right) => right.weight - left.weight)
    .map((wish) => wish.tag);

/**
 * The language of a page: `ui_locales` first (OpenID Connect Core §3.1.2.1, space-separated, in order of preference),
 * then what the browser accepts, then English.
 */
export function pickLanguage(uiLocales: string | undefined, acceptLanguage: string | undefined): Language {
  const wished = (uiLocales ?? "").slice(0, maxChars).split(/\s+/);
  for (const tag of [...wished, ...acceptedTags(acceptLanguage ?? "")]) {
    const found = lookUp(tag);
    if (found) return found;
  }
  return "en";
}
