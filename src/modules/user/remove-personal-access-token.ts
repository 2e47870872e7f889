import { z } from "zod";
import type { Ctx } from "../../kernel/actor.ts";
import { defineCommand } from "../../kernel/command.ts";
import { streamRef } from "../../kernel/event.ts";
import { type TokenId, tokenId, type UserId, userId } from "../../kernel/ids.ts";
import { assertLiving } from "./living-user.ts";
import { needsUserWrite } from "./own-user.ts";
import { user } from "./user.events.ts";

/** Whether the user has this personal access token. */
export type HasPat = (ctx: Ctx, userId: UserId, tokenId: TokenId) => Promise<boolean>;

/** Removes a personal access token; it stops working with this. One that is gone already is no reason to complain. */
export const removePersonalAccessToken = defineCommand({
  name: "user.remove-pat",
  input: z.object({ userId, tokenId }),
  streams: ({ input }) => ({ user: streamRef(user, input.userId) }),
  permit: ({ streams }) => needsUserWrite(streams.user),
  facts: (from: { readonly hasPat: HasPat }, { ctx, input }) => from.hasPat(ctx, input.userId, input.tokenId),
  decide: ({ input, streams, facts }) => {
    assertLiving(streams.user);
    if (!facts) return { events: [], result: undefined };
    return {
      events: [streams.user.record("user.pat.removed", { tokenId: input.tokenId })],
      tokens: [{ do: "drop", kind: "pat", id: input.tokenId }],
      result: undefined,
    };
  },
});
