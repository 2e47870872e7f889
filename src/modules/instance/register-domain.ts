import { z } from "zod";
import { needs } from "../../kernel/actor.ts";
import { defineCommand } from "../../kernel/command.ts";
import { type NewEvent, streamRef } from "../../kernel/event.ts";
import type { InstanceId } from "../../kernel/ids.ts";
import { Refusal } from "../../kernel/refusal.ts";
import { hostInput, instance, mustHaveRoom } from "./instance.events.ts";

type Sources = {
  readonly instanceByHost: (host: string) => Promise<{ readonly instanceId: InstanceId } | null>;
};

/** Registers a host on the instance, as its primary one if wanted. Idempotent: every start does it for the external URL. */
export const registerDomain = defineCommand({
  name: "instance.register-domain",
  input: z.object({ host: hostInput, primary: z.boolean().default(false) }),
  streams: ({ ctx }) => ({ instance: streamRef(instance, ctx.instanceId) }),
  permit: () => needs("system.domain.write"),
  facts: (from: Sources, { input }) => from.instanceByHost(input.host),
  decide: ({ ctx, input, streams, facts }) => {
    const { state } = streams.instance;
    if (state.status !== "active") throw new Refusal("instance.not_found");
    if (facts !== null && facts.instanceId !== ctx.instanceId) throw new Refusal("instance.domain_taken");
    const domain = { domain: input.host };
    const events: NewEvent[] = [];
    if (!state.domains.includes(input.host)) {
      mustHaveRoom(state, input.host, state.domains);
      events.push(streams.instance.record("instance.domain.added", domain));
    }
    if (input.primary && state.primaryDomain !== input.host) {
      events.push(streams.instance.record("instance.domain.primary.set", domain));
    }
    return { events, result: undefined };
  },
});
