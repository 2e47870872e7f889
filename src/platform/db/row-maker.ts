import type { Row } from "./database.ts";

/** Makes rows of one shape: the engine reads their columns as fast as those of a literal. */
export const rowMaker = (names: readonly string[]): ((values: readonly unknown[]) => Row) => {
  function Columns(this: Record<string, unknown>, values: readonly unknown[]) {
    for (let i = 0; i < names.length; i += 1) this[names[i] ?? ""] = values[i];
  }
  // A function that is called with `new`: classes are for what has a lifecycle.
  const Made = Columns as unknown as new (values: readonly unknown[]) => Row;
  return (values) => new Made(values);
};
