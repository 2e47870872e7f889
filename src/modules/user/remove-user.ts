import { z } from "zod";
import { needs, needsAny } from "../../kernel/actor.ts";
import { defineCommand, noFacts } from "../../kernel/command.ts";
import { streamRef } from "../../kernel/event.ts";
import { userId } from "../../kernel/ids.ts";
import { assertLiving } from "./living-user.ts";
import { user } from "./user.events.ts";

/** Removes a user and erases the person: its rows and credentials go now, its key with the event, the rest by a job. */
export const removeUser = defineCommand({
  name: "user.remove",
  input: z.object({ userId }),
  streams: ({ input }) => ({ user: streamRef(user, input.userId) }),
  permit: ({ ctx, input, streams }) => {
    const on = { orgId: streams.user.ownerOrg };
    const own = ctx.actor.kind === "user" && ctx.actor.userId === input.userId;
    return own ? needsAny(needs("user.delete", on), needs("user.self.delete", on)) : needs("user.delete", on);
  },
  facts: noFacts,
  decide: ({ input, streams }) => {
    assertLiving(streams.user);
    return {
      events: [streams.user.record("user.removed", {})],
      tokens: [{ do: "drop_all", of: { userId: input.userId } }],
      result: undefined,
    };
  },
});
