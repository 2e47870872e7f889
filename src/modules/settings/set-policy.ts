import { z } from "zod";
import { needs } from "../../kernel/actor.ts";
import { defineCommand, noFacts } from "../../kernel/command.ts";
import { streamRef } from "../../kernel/event.ts";
import { orgId } from "../../kernel/ids.ts";
import { parse } from "../../kernel/runner.ts";
import { type PolicyName, policySchemas } from "./policies.events.ts";
import { instanceSettings, settings } from "./settings.events.ts";

type OrgPolicyName = Exclude<PolicyName, "security">;
const names = Object.keys(policySchemas).filter((name): name is OrgPolicyName => name !== "security");

/** Sets a policy of the instance (`orgId: null`) or lets an org override it. */
export const setPolicy = defineCommand({
  name: "settings.set-policy",
  input: z.object({ orgId: orgId.nullable(), policy: z.enum(names), value: z.unknown() }),
  streams: ({ input }) => ({ settings: streamRef(settings, input.orgId ?? instanceSettings, input.orgId) }),
  permit: ({ input }) =>
    input.orgId === null ? needs("iam.policy.write") : needs("policy.write", { orgId: input.orgId }),
  facts: noFacts,
  decide: ({ input, streams }) => {
    const { policy } = input;
    const owner = input.orgId === null ? "instance" : "org";
    const verb = streams.settings.state.policies[policy] ? "changed" : "added";
    const value = parse(policySchemas[policy], input.value);
    return { events: [streams.settings.record(`${owner}.policy.${policy}.${verb}`, value)], result: undefined };
  },
});
