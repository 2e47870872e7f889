/** One part of a path: a literal, one segment of any text, or the rest of the path. */
export type Segment =
  | { readonly is: "literal"; readonly text: string }
  | { readonly is: "any" }
  | { readonly is: "rest" };

/** A variable and the segments it takes, `to` not included. */
type Variable = { readonly field: string; readonly from: number; readonly to: number };

/** A parsed `google.api.http` path template. */
export type PathTemplate = {
  readonly segments: readonly Segment[];
  readonly variables: readonly Variable[];
  /** what follows the last `:`, or "" */
  readonly verb: string;
};

/**
 * Parses a path template (google/api/http.proto, "Path template syntax"): `/v1/{name=shelves/*}/books/{id}:archive`.
 * Throws on what is not one.
 */
export const parseTemplate = (template: string): PathTemplate => {
  const [, path, verb = ""] = /^\/((?:[^:{}]|\{[^{}]+\})*?)(?::([^/:{}]+))?$/.exec(template) ?? [];
  if (path === undefined) throw new Error(`not a path template: ${template}`);
  const segments: Segment[] = [];
  const variables: Variable[] = [];
  // A slash inside braces belongs to the variable.
  for (const part of path === "" ? [] : path.split(/\/(?![^{]*\})/)) {
    const [, field, pattern = "*"] = /^\{([\w.]+)(?:=([^}]+))?\}$/.exec(part) ?? [];
    const from = segments.length;
    for (const text of (field === undefined ? part : pattern).split("/")) segments.push(segment(text, template));
    if (field !== undefined) variables.push({ field, from, to: segments.length });
  }
  const rest = segments.findIndex((one) => one.is === "rest");
  if (rest !== -1 && rest !== segments.length - 1) throw new Error(`** is not at the end: ${template}`);
  return { segments, variables, verb };
};

const segment = (text: string, template: string): Segment => {
  if (text === "*") return { is: "any" };
  if (text === "**") return { is: "rest" };
  if (text === "" || /[{}*]/.test(text)) throw new Error(`not a path template: ${template}`);
  return { is: "literal", text };
};

/** Values of the template's variables in a path that matches it; `parts` are the decoded segments. */
export const variablesOf = (
  template: PathTemplate,
  parts: readonly string[],
): readonly (readonly [field: string, value: string])[] =>
  template.variables.map(({ field, from, to }) => {
    const open = template.segments[to - 1]?.is === "rest";
    return [field, parts.slice(from, open ? undefined : to).join("/")] as const;
  });
