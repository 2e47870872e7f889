import type { MessageValues } from "./message.events.ts";

const hole = /\{\{\s*\.(\w+)\s*\}\}/g;

/** Replaces each `{{.Name}}` by its value, once: a value that looks like a placeholder stays as it is. */
export const fill = (
  template: string,
  values: Readonly<Record<string, string | undefined>> | MessageValues,
  shown: (value: string) => string = (value) => value,
): string => {
  const known: Readonly<Record<string, string | undefined>> = values;
  return template.replace(hole, (_all, name: string) => shown(Object.hasOwn(known, name) ? (known[name] ?? "") : ""));
};

/** The names that a template asks for. */
export const named = (template: string): readonly string[] => [
  ...new Set([...template.matchAll(hole)].flatMap(([, name]) => name ?? [])),
];
