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
export type TextColumns = {
  readonly exact: Expression<string>;
  readonly folded: Expression<string>;
  /** by an index: the rows whose folded value holds this folded part, which has {@link partChars} characters or more */
  readonly near?: (part: string) => Expression<SqlBool>;
};

/** The shortest part of a text that an index can find (it knows three characters in a row); for less every row is read. */
const partChars = 3;

// No character sorts after U+10FFFF, so [prefix, prefix + it) is what starts with the prefix, and indexes can serve it.
const last = "\u{10FFFF}";

const startsWith = (column: Expression<string>, prefix: string): RawBuilder<SqlBool> =>
  sql`(${column} >= ${prefix} and ${column} < ${prefix + last})`;

// LIKE differs between the databases (case, escapes); replace() is exact on both.
const contains = (column: Expression<string>, part: string): RawBuilder<SqlBool> =>
  part === "" ? sql`1 = 1` : sql`replace(${column}, ${part}, '') <> ${column}`;

const endsWith = (column: Expression<string>, end: string): RawBuilder<SqlBool> =>
  end === "" ? sql`1 = 1` : sql`substr(${column}, length(${column}) - ${sql.lit([...end].length)} + 1) = ${end}`;

/** Narrows a condition to what an index on parts finds, where there is one and it can serve. */
const nearly = (columns: TextColumns, part: string, condition: RawBuilder<SqlBool>): RawBuilder<SqlBool> =>
  columns.near === undefined || [...part].length < partChars
    ? condition
    : sql`(${columns.near(part)} and ${condition})`;

/**
 * What of a part is sure to be found folded wherever the part itself is found: ASCII alone, and not its last character,
 * which may make one character with an accent that follows (Unicode Standard Annex 15).
 */
const surePart = (part: string): string => (/^[\x20-\x7E]*$/.test(part) ? fold(part.slice(0, -1)) : "");

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
      return nearly(columns, surePart(value), contains(columns.exact, value));
    case "contains_ignore_case":
      return nearly(columns, folded, contains(columns.folded, folded));
    case "ends_with":
      return nearly(columns, surePart(value), endsWith(columns.exact, value));
    case "ends_with_ignore_case":
      return nearly(columns, folded, endsWith(columns.folded, folded));
  }
};

/** The pattern of `like` that matches what holds the part, with the backslash as its escape. */
export const likePart = (part: string): string => `%${part.replace(/[\\%_]/g, "\\$&")}%`;

/** The query of FTS5 (§3.2) for a part of a column: a phrase of trigrams is the part itself. */
export const ftsPart = (column: string, part: string): string => `${column} : "${part.replaceAll('"', '""')}"`;
