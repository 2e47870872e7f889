import { z } from "zod";
import { needs } from "../../kernel/actor.ts";
import { defineCommand, noFacts } from "../../kernel/command.ts";
import { streamRef } from "../../kernel/event.ts";
import { Refusal } from "../../kernel/refusal.ts";
import { hostInput, instance } from "./instance.events.ts";

/** Stops answering under a host, but never under the primary one: issuer, links and cookies are made from it. */
export const removeDomain = defineCommand({
  name: "instance.remove-domain",
  input: z.object({ host: hostInput }),
  streams: ({ ctx }) => ({ instance: streamRef(instance, ctx.instanceId) }),
  permit: () => needs("system.domain.write"),
  facts: noFacts,
  decide: ({ input, streams }) => {
    const { record, state } = streams.instance;
    if (state.status !== "active") throw new Refusal("instance.not_found");
    if (state.primaryDomain === input.host) throw new Refusal("instance.domain_primary");
    const removed = state.domains.includes(input.host);
    return {
      events: removed ? [record("instance.domain.removed", { domain: input.host })] : [],
      result: { removed },
    };
  },
});
