/** One thing that `munot doctor` has looked at. */
export type Finding = { readonly is: "good" | "hint" | "bad"; readonly text: string };

export const good = (text: string): Finding => ({ is: "good", text });
export const hint = (text: string): Finding => ({ is: "hint", text });
export const bad = (text: string): Finding => ({ is: "bad", text });
