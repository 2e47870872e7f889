import { needs } from "../../kernel/actor.ts";
import { type Decision, defineCommand, noFacts } from "../../kernel/command.ts";
import { streamRef } from "../../kernel/event.ts";
import { Refusal } from "../../kernel/refusal.ts";
import { instance } from "./instance.events.ts";
import { lifetimes } from "./lifetimes.events.ts";

/** Says how long the tokens of the instance are valid (ZITADEL's OIDC settings). */
export const setLifetimes = defineCommand({
  name: "instance.set-lifetimes",
  input: lifetimes,
  streams: ({ ctx }) => ({ instance: streamRef(instance, ctx.instanceId) }),
  permit: () => needs("iam.write"),
  facts: noFacts,
  decide: ({ input, streams }): Decision<object> => {
    const { record, state } = streams.instance;
    if (state.status !== "active") throw new Refusal("instance.not_found");
    return { events: [record("instance.oidc.settings.changed", input)], result: {} };
  },
});
