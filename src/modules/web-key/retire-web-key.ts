import { z } from "zod";
import { needs } from "../../kernel/actor.ts";
import { defineCommand, noFacts } from "../../kernel/command.ts";
import { streamRef } from "../../kernel/event.ts";
import { webKeyId } from "../../kernel/ids.ts";
import { Refusal } from "../../kernel/refusal.ts";
import { webKey } from "./web-key.events.ts";

/**
 * Lets a key sign no more that is not the active one: of an algorithm that some clients ask for, when a newer one has come.
 * It stays published for what it has signed.
 */
export const retireWebKey = defineCommand({
  name: "web-key.retire",
  input: z.object({ keyId: webKeyId }),
  streams: ({ input }) => ({ webKey: streamRef(webKey, input.keyId) }),
  permit: () => needs("iam.web_key.write"),
  facts: noFacts,
  decide: ({ streams }) => {
    const { status } = streams.webKey.state;
    if (status === "active") throw new Refusal("web_key.active");
    return { events: status === "initial" ? [streams.webKey.record("web_key.deactivated", {})] : [], result: {} };
  },
});
