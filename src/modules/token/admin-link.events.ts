import { z } from "zod";
import { defineStream } from "../../kernel/event.ts";
import { userId } from "../../kernel/ids.ts";
import { type Instant, instant } from "../../kernel/time.ts";

const moment = z.number().transform((micros) => instant(micros));

const adminLinkEvents = {
  "admin_link.issued": { payload: z.object({ expiresAt: moment }) },
  "admin_link.redeemed": { payload: z.object({ userId }) },
} as const;

export type AdminLinkState = { readonly status: "absent" | "issued" | "redeemed"; readonly expiresAt: Instant };

/** A link that makes an administrator. Used up on this state, so that of two uses at once one wins. */
export const adminLink = defineStream<AdminLinkState>()({
  kind: "admin_link",
  revision: 1,
  events: adminLinkEvents,
  initial: { status: "absent", expiresAt: instant(0) },
  evolve: {
    "admin_link.issued": (_state, { payload }) => ({ status: "issued", expiresAt: payload.expiresAt }),
    "admin_link.redeemed": (state) => ({ ...state, status: "redeemed" }),
  },
});
