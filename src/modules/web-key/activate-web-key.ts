import { z } from "zod";
import { needs } from "../../kernel/actor.ts";
import { defineCommand, noFacts } from "../../kernel/command.ts";
import { streamRef } from "../../kernel/event.ts";
import { webKeyId } from "../../kernel/ids.ts";
import { Refusal } from "../../kernel/refusal.ts";
import { webKey } from "./web-key.events.ts";

const input = z.object({
  keyId: webKeyId,
  /** the key that signs now: two activations at once cannot both replace it */
  replaces: webKeyId,
});

/** Lets another key sign from now on. The one that signed before stays published for what it has signed. */
export const activateWebKey = defineCommand({
  name: "web-key.activate",
  input,
  streams: ({ input }) => ({ webKey: streamRef(webKey, input.keyId), previous: streamRef(webKey, input.replaces) }),
  permit: () => needs("iam.web_key.write"),
  facts: noFacts,
  decide: ({ input, streams }) => {
    const { status } = streams.webKey.state;
    if (input.keyId === input.replaces && status === "active") return { events: [], result: {} };
    if (status !== "initial" && status !== "inactive") throw new Refusal("web_key.not_found");
    if (streams.previous.state.status !== "active") throw new Refusal("request.contended");
    return {
      events: [streams.webKey.record("web_key.activated", {}), streams.previous.record("web_key.deactivated", {})],
      result: {},
    };
  },
});
