import { tokenKinds } from "../../kernel/token.ts";

const day = 24 * 60 * 60;

/** How long what we issue is valid. Per instance later; these are the defaults. */
export const lifetimes = {
  accessTokenSeconds: tokenKinds.access.lifeSeconds,
  idTokenSeconds: 12 * 60 * 60,
  refreshIdleSeconds: tokenKinds.refresh.lifeSeconds,
  refreshAbsoluteSeconds: 90 * day,
} as const;
