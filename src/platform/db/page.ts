import { limits } from "../../kernel/limits.ts";
import { Refusal } from "../../kernel/refusal.ts";

/** Which part of a list is asked for, and in which direction. */
export type PageWindow = { readonly offset: number; readonly limit: number; readonly asc: boolean };

/** One page of a list and how many rows match in all. */
export type Listed<Row> = { readonly rows: readonly Row[]; readonly total: number };

/** Refuses lists of values that are longer than the longest page. */
export const checkInList = (path: string, values: readonly string[]): void => {
  if (values.length <= limits.pageMax) return;
  throw new Refusal("request.invalid", { fields: [{ path, problem: `has more than ${limits.pageMax} values` }] });
};
