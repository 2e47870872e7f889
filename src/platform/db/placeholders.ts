import type { Dialect } from "./database.ts";

/** Numbers the `?` of a statement for PostgreSQL. Our own statements hold no other question mark. */
export const placeholders = (dialect: Dialect, text: string): string => {
  if (dialect === "sqlite") return text;
  let count = 0;
  return text.replaceAll("?", () => `$${++count}`);
};
