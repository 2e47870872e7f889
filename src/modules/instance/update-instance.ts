import { z } from "zod";
import { needs } from "../../kernel/actor.ts";
import { defineCommand, noFacts } from "../../kernel/command.ts";
import { streamRef } from "../../kernel/event.ts";
import { Refusal } from "../../kernel/refusal.ts";
import { name } from "../../kernel/text.ts";
import { instance } from "./instance.events.ts";

/** Gives the instance another name. */
export const updateInstance = defineCommand({
  name: "instance.update",
  input: z.object({ name: name() }),
  streams: ({ ctx }) => ({ instance: streamRef(instance, ctx.instanceId) }),
  permit: () => needs("iam.write"),
  facts: noFacts,
  decide: ({ input, streams }) => {
    const { record, state } = streams.instance;
    if (state.status !== "active") throw new Refusal("instance.not_found");
    return {
      events: state.name === input.name ? [] : [record("instance.changed", { name: input.name })],
      result: undefined,
    };
  },
});
