import { z } from "zod";
import { defineCommand, noFacts } from "../../kernel/command.ts";
import { streamRef } from "../../kernel/event.ts";
import { authorization, needsUserGrant } from "./authorization.events.ts";

/** Takes an authorization away for good; what is gone already stays gone. */
export const removeAuthorization = defineCommand({
  name: "authorization.remove",
  input: z.object({ authorizationId: z.string() }),
  streams: ({ input }) => ({ authorization: streamRef(authorization, input.authorizationId) }),
  permit: ({ streams }) => needsUserGrant("user.grant.delete", streams.authorization.state),
  facts: noFacts,
  decide: ({ streams }) => {
    const { record, state } = streams.authorization;
    const exists = state.userId !== null;
    return { events: exists ? [record("user.grant.removed", {})] : [], result: { removed: exists } };
  },
});
