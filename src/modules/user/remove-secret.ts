import { z } from "zod";
import { defineCommand, noFacts } from "../../kernel/command.ts";
import { streamRef } from "../../kernel/event.ts";
import { userId } from "../../kernel/ids.ts";
import { assertLivingMachine } from "./living-user.ts";
import { needsUserWrite } from "./own-user.ts";
import { user } from "./user.events.ts";

/** Takes a service account's client secret away; without one nothing changes. */
export const removeSecret = defineCommand({
  name: "user.remove-secret",
  input: z.object({ userId }),
  streams: ({ input }) => ({ user: streamRef(user, input.userId) }),
  permit: ({ streams }) => needsUserWrite(streams.user),
  facts: noFacts,
  decide: ({ streams }) => {
    assertLivingMachine(streams.user);
    const removed = streams.user.state.hasSecret ? [streams.user.record("user.machine.secret.removed", {})] : [];
    return { events: removed, result: undefined };
  },
});
