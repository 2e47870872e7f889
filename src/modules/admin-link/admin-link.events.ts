import { z } from "zod";
import { defineStream } from "../../kernel/event.ts";
import { type TokenId, tokenId, userId } from "../../kernel/ids.ts";
import { type Instant, instant } from "../../kernel/time.ts";

const adminLinkEvents = {
  "instance.admin_link.issued": {
    payload: z.object({ tokenId, expiresAt: z.number().transform((micros) => instant(micros)) }),
  },
  "instance.admin_link.redeemed": { payload: z.object({ userId }) },
} as const;

export type AdminLinkState = {
  readonly status: "absent" | "issued" | "redeemed";
  readonly tokenId: TokenId | null;
  readonly expiresAt: Instant;
};

const initial: AdminLinkState = { status: "absent", tokenId: null, expiresAt: instant(0) };

/** A one-time link that makes an administrator of the instance. Used up on this state: of two uses at once one wins. */
export const adminLink = defineStream<AdminLinkState>()({
  kind: "admin_link",
  revision: 1,
  events: adminLinkEvents,
  initial,
  evolve: {
    "instance.admin_link.issued": (_state, event) => ({ status: "issued", ...event.payload }),
    "instance.admin_link.redeemed": (state) => ({ ...state, status: "redeemed" }),
  },
});
