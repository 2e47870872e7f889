import { z } from "zod";
import { defineCommand, noFacts } from "../../kernel/command.ts";
import { streamRef } from "../../kernel/event.ts";
import { userId } from "../../kernel/ids.ts";
import { Refusal } from "../../kernel/refusal.ts";
import { assertLivingHuman } from "./living-user.ts";
import { needsOwnOrUserWrite } from "./own-user.ts";
import { user } from "./user.events.ts";

/** Removes a human user's phone number, and a code that was to prove it. */
export const removePhone = defineCommand({
  name: "user.remove-phone",
  input: z.object({ userId }),
  streams: ({ input }) => ({ user: streamRef(user, input.userId) }),
  permit: ({ input, streams }) => needsOwnOrUserWrite(streams.user, input.userId),
  facts: noFacts,
  decide: ({ streams }) => {
    assertLivingHuman(streams.user);
    if (streams.user.state.phone === null) throw new Refusal("user.phone_not_set");
    return { events: [streams.user.record("user.human.phone.removed", {})], result: undefined };
  },
});
