import { z } from "zod";
import type { Ctx } from "../../kernel/actor.ts";
import { defineCommand } from "../../kernel/command.ts";
import { streamRef } from "../../kernel/event.ts";
import { type UserId, type UserKeyId, userId, userKeyId } from "../../kernel/ids.ts";
import { assertLiving } from "./living-user.ts";
import { needsUserWrite } from "./own-user.ts";
import { user } from "./user.events.ts";

/** Whether the user has this key. */
export type HasKey = (ctx: Ctx, userId: UserId, keyId: UserKeyId) => Promise<boolean>;

/** Removes a service account's key. One that is gone already is no reason to complain. */
export const removeKey = defineCommand({
  name: "user.remove-key",
  input: z.object({ userId, keyId: userKeyId }),
  streams: ({ input }) => ({ user: streamRef(user, input.userId) }),
  permit: ({ streams }) => needsUserWrite(streams.user),
  facts: (from: { readonly hasKey: HasKey }, { ctx, input }) => from.hasKey(ctx, input.userId, input.keyId),
  decide: ({ input, streams, facts }) => {
    assertLiving(streams.user);
    const events = facts ? [streams.user.record("user.machine.key.removed", { keyId: input.keyId })] : [];
    return { events, result: undefined };
  },
});
