import { defineStream } from "../../kernel/event.ts";

export type BrowserState = Readonly<Record<never, never>>;

/**
 * One browser, known by its `__Host-` cookie. It has no events: what it may use is a credential, and pages that anybody
 * may open must not fill the log.
 */
export const browser = defineStream<BrowserState>()({
  kind: "browser",
  revision: 1,
  events: {},
  initial: {},
  evolve: {},
});
