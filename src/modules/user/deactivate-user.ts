import { z } from "zod";
import { needs } from "../../kernel/actor.ts";
import { defineCommand, noFacts } from "../../kernel/command.ts";
import { streamRef } from "../../kernel/event.ts";
import { userId } from "../../kernel/ids.ts";
import { Refusal } from "../../kernel/refusal.ts";
import { assertLiving } from "./living-user.ts";
import { user } from "./user.events.ts";

/** Deactivates a user: it cannot sign in, and its tokens stop working. */
export const deactivateUser = defineCommand({
  name: "user.deactivate",
  input: z.object({ userId }),
  streams: ({ input }) => ({ user: streamRef(user, input.userId) }),
  permit: ({ streams }) => needs("user.write", { orgId: streams.user.ownerOrg }),
  facts: noFacts,
  decide: ({ streams }) => {
    assertLiving(streams.user);
    if (streams.user.state.status === "inactive") throw new Refusal("user.not_active");
    return { events: [streams.user.record("user.deactivated", {})], result: undefined };
  },
});
