import { z } from "zod";
import { tokenKinds } from "../../kernel/token.ts";
import type { ClientSettings } from "../application/client-settings.events.ts";

const day = 24 * 60 * 60;
const seconds = z.int().positive().max(315_360_000);

/** How long what an instance issues is valid, where an application sets nothing else: ZITADEL's OIDC settings. */
export const lifetimes = z.object({
  accessTokenSeconds: seconds,
  idTokenSeconds: seconds,
  /** of a refresh token that is not used */
  refreshIdleSeconds: seconds,
  /** of a refresh token with all its successors */
  refreshAbsoluteSeconds: seconds,
});
export type Lifetimes = z.output<typeof lifetimes>;

/** What a new instance starts with: as at ZITADEL. */
export const defaultLifetimes: Lifetimes = {
  accessTokenSeconds: tokenKinds.access.lifeSeconds,
  idTokenSeconds: 12 * 60 * 60,
  refreshIdleSeconds: tokenKinds.refresh.lifeSeconds,
  refreshAbsoluteSeconds: 90 * day,
};

/** An instance's lifetimes, from its column. */
export const readLifetimes = (json: string): Lifetimes => lifetimes.parse({ ...defaultLifetimes, ...JSON.parse(json) });

/** The lifetimes that hold for an application: its own, else the instance's. */
export const lifetimesOf = (ofInstance: Lifetimes, settings: ClientSettings): Lifetimes => ({
  accessTokenSeconds: settings.accessTokenSeconds ?? ofInstance.accessTokenSeconds,
  idTokenSeconds: settings.idTokenSeconds ?? ofInstance.idTokenSeconds,
  refreshIdleSeconds: settings.refreshIdleSeconds ?? ofInstance.refreshIdleSeconds,
  refreshAbsoluteSeconds: settings.refreshAbsoluteSeconds ?? ofInstance.refreshAbsoluteSeconds,
});
