/** Verb and first table of a statement: a bounded set, because statements are written by us. */
export const subjectOf = (sql: string): { readonly verb: string; readonly table: string } => {
  const verb = /^\s*(\w+)/.exec(sql)?.[1]?.toLowerCase() ?? "other";
  const table = /\b(?:from|into|update)\s+"?(\w+)"?/i.exec(sql)?.[1]?.toLowerCase() ?? "none";
  return { verb, table };
};
