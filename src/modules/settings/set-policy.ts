import { z } from "zod";
import { needs } from "../../kernel/actor.ts";
import { defineCommand, noFacts } from "../../kernel/command.ts";
import { readOnlyRef, streamRef } from "../../kernel/event.ts";
import { orgId } from "../../kernel/ids.ts";
import { Refusal } from "../../kernel/refusal.ts";
import { parse } from "../../kernel/runner.ts";
import { policySchemas } from "./policies.events.ts";
import { effectivePolicy, instanceSettings, orgPolicies, settings } from "./settings.events.ts";

const policy = z.enum(orgPolicies);

/**
 * Sets a policy of the instance (`orgId: null`) or lets an org have its own. What is not named stays as it holds now.
 * `only` refuses where a caller knows better: an org's own policy that it wants to add exists, or that it wants to change
 * does not. A look is drafted: it shows once it is activated.
 */
export const setPolicy = defineCommand({
  name: "settings.set-policy",
  input: z.object({
    orgId: orgId.nullable(),
    policy,
    value: z.record(z.string(), z.unknown()),
    only: z.enum(["add", "change"]).optional(),
  }),
  streams: ({ input }) => ({
    settings: streamRef(settings, input.orgId ?? instanceSettings, input.orgId),
    ...(input.orgId === null ? {} : { instance: readOnlyRef(settings, instanceSettings) }),
  }),
  permit: ({ input }) =>
    input.orgId === null || input.policy === "domain"
      ? needs("iam.policy.write")
      : needs("policy.write", { orgId: input.orgId }),
  facts: noFacts,
  decide: ({ input, streams }) => {
    const { policy: name } = input;
    const { state } = streams.settings;
    const own = (name === "label" ? state.labelDraft : null) ?? state.policies[name];
    if (input.only === "add" && own !== undefined) throw new Refusal("settings.policy_exists");
    if (input.only === "change" && own === undefined && input.orgId !== null) {
      throw new Refusal("settings.policy_not_found");
    }
    const holds = own ?? effectivePolicy(name, (streams.instance ?? streams.settings).state, null);
    const value = parse(policySchemas[name], { ...holds, ...input.value });
    const type = `${input.orgId === null ? "instance" : "org"}.policy.${name}.${own ? "changed" : "added"}` as const;
    return { events: [streams.settings.record(type, value)], result: undefined };
  },
});

/** Gives up a policy of an org's own: the instance's holds again. */
export const resetPolicy = defineCommand({
  name: "settings.reset-policy",
  input: z.object({ orgId, policy }),
  streams: ({ input }) => ({ settings: streamRef(settings, input.orgId, input.orgId) }),
  permit: ({ input }) =>
    input.policy === "domain" ? needs("iam.policy.delete") : needs("policy.delete", { orgId: input.orgId }),
  facts: noFacts,
  decide: ({ input, streams }) => {
    const { state } = streams.settings;
    const has = state.policies[input.policy] !== undefined || (input.policy === "label" && state.labelDraft !== null);
    if (!has) throw new Refusal("settings.policy_not_found");
    return { events: [streams.settings.record(`org.policy.${input.policy}.removed`, {})], result: undefined };
  },
});

/** Shows the look that was drafted. */
export const activateLabel = defineCommand({
  name: "settings.activate-label",
  input: z.object({ orgId: orgId.nullable() }),
  streams: ({ input }) => ({ settings: streamRef(settings, input.orgId ?? instanceSettings, input.orgId) }),
  permit: ({ input }) =>
    input.orgId === null ? needs("iam.policy.write") : needs("policy.write", { orgId: input.orgId }),
  facts: noFacts,
  decide: ({ input, streams }) => {
    if (streams.settings.state.labelDraft === null) throw new Refusal("settings.nothing_drafted");
    const type = input.orgId === null ? "instance.policy.label.activated" : "org.policy.label.activated";
    return { events: [streams.settings.record(type, {})], result: undefined };
  },
});
