import { z } from "zod";
import { needs } from "../../kernel/actor.ts";
import { defineCommand } from "../../kernel/command.ts";
import { streamRef } from "../../kernel/event.ts";
import { userId } from "../../kernel/ids.ts";
import { Refusal } from "../../kernel/refusal.ts";
import { instant } from "../../kernel/time.ts";
import type { MintToken } from "../../kernel/token.ts";
import { optionalExpiry } from "./expiry.ts";
import { assertLiving } from "./living-user.ts";
import { user } from "./user.events.ts";

/** Adds a personal access token to a service account; its text is told once. Without an expiry it lasts until removed. */
export const addPersonalAccessToken = defineCommand({
  name: "user.add-pat",
  input: z.object({ userId, expiresAt: optionalExpiry }),
  streams: ({ input }) => ({ user: streamRef(user, input.userId) }),
  permit: ({ streams }) => needs("user.write", { orgId: streams.user.ownerOrg }),
  facts: (from: { readonly mintToken: MintToken }) => from.mintToken("pat"),
  decide: ({ ctx, input, streams, facts }) => {
    assertLiving(streams.user);
    if (streams.user.state.type !== "machine") throw new Refusal("user.not_machine");
    if (input.expiresAt !== null && input.expiresAt <= ctx.now) throw new Refusal("token.expiry_invalid");
    const { id, hash, text } = facts;
    return {
      events: [streams.user.record("user.pat.added", { tokenId: id, expiresAt: input.expiresAt })],
      tokens: [
        {
          do: "put",
          row: {
            kind: "pat",
            id,
            hash,
            expiresAt: input.expiresAt === null ? null : instant(input.expiresAt),
            userId: input.userId,
          },
        },
      ],
      result: { tokenId: id, token: text },
    };
  },
});
