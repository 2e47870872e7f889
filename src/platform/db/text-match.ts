import { type Expression, type RawBuilder, type SqlBool, sql } from "kysely";
import { fold } from "../../kernel/fold.ts";
import { Refusal } from "../../kernel/refusal.ts";

/** How a list compares a text, in the order of ZITADEL's enum values (0 to 7). */
const textMethods = [
  "equals",
  "equals_ignore_case",
  "starts_with",
  "starts_with_ignore_case",
  "contains",
  "contains_ignore_case",
  "ends_with",
  "ends_with_ignore_case",
] as const;
export type TextMethod = (typeof textMethods)[number];

/** The method that an enum value of the contract stands for. */
export const textMethodOf = (value: number): TextMethod => {
  const method = textMethods[value];
  if (method) return method;
  throw new Refusal("request.invalid", { fields: [{ path: "method", problem: "is not known" }] });
};

/** A text column, and the one that holds its value folded. */
export type TextColumns = { readonly exact: Expression<string>; readonly folded: Expression<string> };

// No character sorts after U+10FFFF, so [prefix, prefix + it) is what starts with the prefix, and indexes can serve it.
const last = "\u{10FFFF}";

const startsWith = (column: Expression<string>, prefix: string): RawBuilder<SqlBool> =>
  sql`(${column} >= ${prefix} and ${column} < ${prefix + last})`;

// LIKE differs between the databases (case, escapes); replace() is exact on both.
const contains = (column: Expression<string>, part: string): RawBuilder<SqlBool> =>
  part === "" ? sql`1 = 1` : sql`replace(${column}, ${part}, '') <> ${column}`;

const endsWith = (column: Expression<string>, end: string): RawBuilder<SqlBool> =>
  end === "" ? sql`1 = 1` : sql`substr(${column}, length(${column}) - ${sql.lit([...end].length)} + 1) = ${end}`;

/** What {@link textMatch} says, of a text that has been read. */
export const matchesText = (text: string, method: TextMethod, value: string): boolean => {
  switch (method) {
    case "equals":
      return text === value;
    case "equals_ignore_case":
      return fold(text) === fold(value);
    case "starts_with":
      return text.startsWith(value);
    case "starts_with_ignore_case":
      return fold(text).startsWith(fold(value));
    case "contains":
      return text.includes(value);
    case "contains_ignore_case":
      return fold(text).includes(fold(value));
    case "ends_with":
      return text.endsWith(value);
    case "ends_with_ignore_case":
      return fold(text).endsWith(fold(value));
  }
};

/** A condition on a text column, the same on both databases. */
export const textMatch = (columns: TextColumns, method: TextMethod, value: string): RawBuilder<SqlBool> => {
  const folded = fold(value);
  switch (method) {
    case "equals":
      // The folded column is the one that has an index; the same column given twice holds nothing folded.
      return columns.exact === columns.folded
        ? sql`${columns.exact} = ${value}`
        : sql`(${columns.folded} = ${folded} and ${columns.exact} = ${value})`;
    case "equals_ignore_case":
      return sql`${columns.folded} = ${folded}`;
    case "starts_with":
      return startsWith(columns.exact, value);
    case "starts_with_ignore_case":
      return startsWith(columns.folded, folded);
    case "contains":
      return contains(columns.exact, value);
    case "contains_ignore_case":
      return contains(columns.folded, folded);
    case "ends_with":
      return endsWith(columns.exact, value);
    case "ends_with_ignore_case":
      return endsWith(columns.folded, folded);
  }
};
