const hours = 3_600;
const days = 24 * hours;

/** How long what we issue is valid. Per instance later; these are the defaults. */
export const lifetimes = {
  accessTokenSeconds: 12 * hours,
  idTokenSeconds: 12 * hours,
  refreshIdleSeconds: 30 * days,
  refreshAbsoluteSeconds: 90 * days,
} as const;

export type Lifetimes = { readonly [Name in keyof typeof lifetimes]: number };
