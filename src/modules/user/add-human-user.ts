import { needs } from "../../kernel/actor.ts";
import { defineCommand } from "../../kernel/command.ts";
import { readOnlyRef, streamRef } from "../../kernel/event.ts";
import { orgId } from "../../kernel/ids.ts";
import { Refusal } from "../../kernel/refusal.ts";
import { org } from "../org/org.events.ts";
import { effectivePolicy, instanceSettings, settings } from "../settings/settings.events.ts";
import {
  type HumanUserSources,
  humanUser,
  humanUserEvents,
  humanUserFacts,
  humanUserResult,
} from "./human-user.events.ts";
import { user } from "./user.events.ts";

/**
 * Adds a human user to an organization. THE example of a command: read it with its test, the runner in
 * `kernel/runner.ts`, `user.projection.ts` and `user.rpc.ts`, and you know how every other slice looks.
 */
export const addHumanUser = defineCommand({
  name: "user.add-human",
  input: humanUser.extend({ orgId }),
  streams: ({ input, newId }) => ({
    user: streamRef(user, input.userId ?? newId(), input.orgId),
    org: readOnlyRef(org, input.orgId),
    instanceSettings: readOnlyRef(settings, instanceSettings),
    orgSettings: readOnlyRef(settings, input.orgId),
  }),
  permit: ({ input }) => needs("user.write", { orgId: input.orgId }),
  facts: (from: HumanUserSources, { input }) => humanUserFacts(from, input),
  decide: ({ ctx, input, streams, facts }) => {
    if (streams.org.state.status !== "active") throw new Refusal("org.not_found");
    const complexity = effectivePolicy(
      "password.complexity",
      streams.instanceSettings.state,
      streams.orgSettings.state,
    );
    return {
      events: humanUserEvents(streams.user, input, facts, { orgId: input.orgId, now: ctx.now, complexity }),
      result: humanUserResult(streams.user, facts),
    };
  },
});
