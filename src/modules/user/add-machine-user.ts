import { needs } from "../../kernel/actor.ts";
import { defineCommand, noFacts } from "../../kernel/command.ts";
import { readOnlyRef, streamRef } from "../../kernel/event.ts";
import { orgId } from "../../kernel/ids.ts";
import { Refusal } from "../../kernel/refusal.ts";
import { org } from "../org/org.events.ts";
import { machineUser, machineUserEvents } from "./machine-user.events.ts";
import { user } from "./user.events.ts";

/** Adds a service account to an organization. */
export const addMachineUser = defineCommand({
  name: "user.add-machine",
  input: machineUser.extend({ orgId }),
  streams: ({ input, newId }) => ({
    user: streamRef(user, input.userId ?? newId(), input.orgId),
    org: readOnlyRef(org, input.orgId),
  }),
  permit: ({ input }) => needs("user.write", { orgId: input.orgId }),
  facts: noFacts,
  decide: ({ input, streams }) => {
    if (streams.org.state.status !== "active") throw new Refusal("org.not_found");
    return { events: machineUserEvents(streams.user, input, input.orgId), result: { userId: streams.user.id } };
  },
});
