import { limits } from "../../kernel/limits.ts";
import { Refusal } from "../../kernel/refusal.ts";

/** Which part of a list is asked for, and in which direction. */
export type PageWindow = { readonly offset: number; readonly limit: number; readonly asc: boolean };

/** One page of a list and how many rows match in all. */
export type Listed<Row> = { readonly rows: readonly Row[]; readonly total: number };

/**
 * Refuses a search with more conditions, or with more values to compare with in all of them together, than one statement
 * should hold: databases bound both, and say so with an error of their own.
 */
export const checkSearch = (filters: readonly Readonly<Record<string, unknown>>[]): void => {
  const values = filters.flatMap((filter) => Object.values(filter)).filter((value) => Array.isArray(value));
  refuseBeyond(filters.length, limits.filterNodes, "conditions");
  refuseBeyond(values.flat().length, limits.pageMax, "values");
};

const refuseBeyond = (count: number, most: number, what: string): void => {
  if (count <= most) return;
  throw new Refusal("request.invalid", { fields: [{ path: "queries", problem: `hold more than ${most} ${what}` }] });
};
