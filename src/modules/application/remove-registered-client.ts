import { z } from "zod";
import { needs } from "../../kernel/actor.ts";
import { defineCommand, noFacts } from "../../kernel/command.ts";
import { streamRef } from "../../kernel/event.ts";
import { applicationId, tokenId } from "../../kernel/ids.ts";
import { Refusal } from "../../kernel/refusal.ts";
import { application } from "./application.events.ts";
import { clientSettings } from "./client-settings.events.ts";

/** Removes a client at its own wish (RFC 7592 §2.3); its tokens stop working with it. */
export const removeRegisteredClient = defineCommand({
  name: "application.remove-registered",
  input: z.object({ applicationId, tokenId }),
  streams: ({ input }) => ({ application: streamRef(application, input.applicationId) }),
  permit: () => needs("session.link"),
  facts: noFacts,
  decide: ({ input, streams: { application: app } }) => {
    const lives = app.state.status === "active" || app.state.status === "inactive";
    if (!lives || clientSettings.parse(app.state.settings).registeredBy !== "registration") {
      throw new Refusal("application.not_found");
    }
    return {
      events: [app.record("project.application.removed", {})],
      tokens: [{ do: "drop", kind: "registration", id: input.tokenId }],
      result: undefined,
    };
  },
});
