import { z } from "zod";
import { needs } from "../../kernel/actor.ts";
import { defineCommand, noFacts } from "../../kernel/command.ts";
import { streamRef } from "../../kernel/event.ts";
import { Refusal } from "../../kernel/refusal.ts";
import { hostInput, instance, mustHaveRoom } from "./instance.events.ts";

/** Trusts a host of others to speak for the instance; nothing happens when it is trusted already. */
export const addTrustedDomain = defineCommand({
  name: "instance.add-trusted-domain",
  input: z.object({ host: hostInput }),
  streams: ({ ctx }) => ({ instance: streamRef(instance, ctx.instanceId) }),
  permit: () => needs("iam.write"),
  facts: noFacts,
  decide: ({ input, streams }) => {
    const { record, state } = streams.instance;
    if (state.status !== "active") throw new Refusal("instance.not_found");
    if (state.trustedDomains.includes(input.host)) return { events: [], result: undefined };
    mustHaveRoom(state, input.host, state.trustedDomains);
    return { events: [record("instance.trusted_domain.added", { domain: input.host })], result: undefined };
  },
});

/** Trusts a host no longer; one that is not trusted is as wanted. */
export const removeTrustedDomain = defineCommand({
  name: "instance.remove-trusted-domain",
  input: z.object({ host: hostInput }),
  streams: ({ ctx }) => ({ instance: streamRef(instance, ctx.instanceId) }),
  permit: () => needs("iam.write"),
  facts: noFacts,
  decide: ({ input, streams }) => {
    const { record, state } = streams.instance;
    const removed = state.trustedDomains.includes(input.host);
    return {
      events: removed ? [record("instance.trusted_domain.removed", { domain: input.host })] : [],
      result: { removed },
    };
  },
});
