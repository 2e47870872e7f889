import { z } from "zod";
import { needs } from "../../kernel/actor.ts";
import { defineCommand, noFacts } from "../../kernel/command.ts";
import { streamRef } from "../../kernel/event.ts";
import { webKeyId } from "../../kernel/ids.ts";
import { Refusal } from "../../kernel/refusal.ts";
import { webKey } from "./web-key.events.ts";

/** Withdraws a key that does not sign: what it has signed verifies nowhere from now on. One that is gone stays gone. */
export const removeWebKey = defineCommand({
  name: "web-key.remove",
  input: z.object({ keyId: webKeyId }),
  streams: ({ input }) => ({ webKey: streamRef(webKey, input.keyId) }),
  permit: () => needs("iam.web_key.delete"),
  facts: noFacts,
  decide: ({ streams }) => {
    const { status } = streams.webKey.state;
    if (status === "active") throw new Refusal("web_key.active");
    const exists = status === "initial" || status === "inactive";
    return { events: exists ? [streams.webKey.record("web_key.removed", {})] : [], result: { removed: exists } };
  },
});
