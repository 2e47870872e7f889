import { defineCommand, noFacts } from "../../kernel/command.ts";
import { administratorOn, isOn, needsMemberOn, streamsOn } from "./administrator-on.ts";

/** Takes all roles that a user has on an object away; who has none is as wanted. */
export const revokeAdministrator = defineCommand({
  name: "administrator.revoke",
  input: administratorOn,
  streams: ({ input }) => streamsOn(input),
  permit: ({ input, streams }) => needsMemberOn("delete", input, streams),
  facts: noFacts,
  decide: ({ ctx, input, streams }) => {
    const held = isOn(ctx, input, streams.administrator);
    return {
      events: held ? [streams.administrator.record(`${input.level}.member.removed`, {})] : [],
      result: { removed: held },
    };
  },
});
