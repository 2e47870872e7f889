import { defineCommand, noFacts } from "../../kernel/command.ts";
import { Refusal } from "../../kernel/refusal.ts";
import { administratorOn, isOn, memberRoles, mustFit, needsMemberOn, streamsOn } from "./administrator-on.ts";

/** Replaces the roles that a user has on the instance, an org or a project. */
export const updateAdministrator = defineCommand({
  name: "administrator.update",
  input: administratorOn.extend({ roles: memberRoles }),
  streams: ({ input }) => streamsOn(input),
  permit: ({ input, streams }) => needsMemberOn("write", input, streams),
  facts: noFacts,
  decide: ({ ctx, input, streams }) => {
    mustFit(input, streams);
    if (!isOn(ctx, input, streams.administrator)) throw new Refusal("administrator.not_found");
    const { record, state } = streams.administrator;
    const roles = [...new Set(input.roles)];
    const isSame = roles.length === state.roles.length && roles.every((role) => state.roles.includes(role));
    return { events: isSame ? [] : [record(`${input.level}.member.changed`, { roles })], result: undefined };
  },
});
