import { needs } from "../../kernel/actor.ts";
import { type Decision, defineCommand, noFacts } from "../../kernel/command.ts";
import { streamRef } from "../../kernel/event.ts";
import { securityPolicy } from "./policies.events.ts";
import { instanceSettings, settings } from "./settings.events.ts";

/** Says whether pages may stand in frames and whether impersonation is possible: for the whole instance. */
export const setSecurityPolicy = defineCommand({
  name: "settings.set-security-policy",
  input: securityPolicy,
  streams: () => ({ settings: streamRef(settings, instanceSettings) }),
  permit: () => needs("iam.policy.write"),
  facts: noFacts,
  decide: ({ input, streams }): Decision<object> => ({
    events: [streams.settings.record("instance.policy.security.set", input)],
    result: {},
  }),
});
