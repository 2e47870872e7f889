/** Where in the markup a value stands, and so what may stand there. */
export type Hole = "text" | "attribute" | "url" | "attributes";

const urlAttributes = new Set(["href", "src", "action", "formaction"]);

export const isUrlAttribute = (name: string): boolean => urlAttributes.has(name.toLowerCase());

/** Attributes that carry code or style: our Content-Security-Policy forbids them, so they may not even be written. */
export const isRefusedAttribute = (name: string): boolean => /^(on.*|style|srcdoc|srcset)$/i.test(name);

const refuse = (reason: string, near: string): never => {
  throw new TypeError(`html template: ${reason}, near ${JSON.stringify(near.slice(-40))}`);
};

type Place = { in: "text" } | { in: "tag" } | { in: "value"; name: string };

function enterValue(before: string): Place {
  const name = /\s([a-z][a-z0-9-]*)="$/i.exec(before)?.[1];
  if (name === undefined) return refuse("a quote without an attribute name", before);
  if (isRefusedAttribute(name)) return refuse(`the attribute ${name} is not allowed`, before);
  return { in: "value", name };
}

function step(place: Place, part: string, at: number): Place {
  const char = part[at];
  const before = part.slice(0, at + 1);
  if (place.in === "value") return char === '"' ? { in: "tag" } : place;
  if (place.in === "text") {
    if (char !== "<") return place;
    const after = part.slice(at + 1);
    if (/^(script|style)\b/i.test(after)) return refuse("inline script and style are not allowed", after.slice(0, 10));
    return /^(!doctype|\/?[a-z])/i.test(after) ? { in: "tag" } : refuse("a bare < (write &lt;) or a comment", before);
  }
  if (char === ">") return { in: "text" };
  if (char === '"') return enterValue(before);
  if (char === "'" || char === "<") return refuse("only double quotes in a tag", before);
  if (char === "=" && part[at + 1] !== '"') return refuse("attribute values need double quotes", before);
  return place;
}

function holeAt(place: Place, before: string, after: string): Hole {
  if (place.in === "text") return "text";
  if (place.in === "tag") return /\s$/.test(before) ? "attributes" : refuse("a value as part of a tag or name", before);
  if (!isUrlAttribute(place.name)) return "attribute";
  return before.endsWith('="') && after.startsWith('"') ? "url" : refuse("a URL may not be put together", before);
}

/** Reads a template's fixed parts once and says what each of its holes is; throws where no value could be safe. */
export function holesOf(parts: readonly string[]): readonly Hole[] {
  const holes: Hole[] = [];
  let place: Place = { in: "text" };
  parts.forEach((part, index) => {
    for (let at = 0; at < part.length; at += 1) place = step(place, part, at);
    const after = parts[index + 1];
    if (after !== undefined) holes.push(holeAt(place, part, after));
  });
  if (place.in !== "text") refuse("it ends inside a tag", parts.at(-1) ?? "");
  return holes;
}
