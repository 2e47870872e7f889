import { z } from "zod";
import { defineCommand, noFacts } from "../../kernel/command.ts";
import { streamRef } from "../../kernel/event.ts";
import { Refusal } from "../../kernel/refusal.ts";
import { administrator, needsMember } from "./administrator.events.ts";

/** Takes a user's roles on one object away. */
export const removeAdministrator = defineCommand({
  name: "administrator.remove",
  input: z.object({ administratorId: z.string() }),
  streams: ({ input }) => ({ administrator: streamRef(administrator, input.administratorId) }),
  permit: ({ streams }) =>
    needsMember("delete", { ...streams.administrator.state, orgId: streams.administrator.ownerOrg }),
  facts: noFacts,
  decide: ({ streams }) => {
    const { record, state } = streams.administrator;
    if (state.status !== "active") throw new Refusal("administrator.not_found");
    return { events: [record(`${state.level}.member.removed`, {})], result: undefined };
  },
});
