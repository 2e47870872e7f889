import { z } from "zod";
import { needs } from "../../kernel/actor.ts";
import { defineCommand, noFacts } from "../../kernel/command.ts";
import { streamRef } from "../../kernel/event.ts";
import { applicationId, projectId } from "../../kernel/ids.ts";
import { Refusal } from "../../kernel/refusal.ts";
import { application, assertLivingIn } from "./application.events.ts";

/** Deactivates an application: it stops working at once, and so does every token it holds. */
export const deactivateApplication = defineCommand({
  name: "application.deactivate",
  input: z.object({ projectId, applicationId }),
  streams: ({ input }) => ({ application: streamRef(application, input.applicationId) }),
  permit: ({ streams: { application: app } }) =>
    needs("project.app.write", { orgId: app.ownerOrg, projectId: app.state.projectId }),
  facts: noFacts,
  decide: ({ input, streams }) => {
    assertLivingIn(streams.application, input.projectId);
    if (streams.application.state.status !== "active") throw new Refusal("application.inactive");
    return { events: [streams.application.record("project.application.deactivated", {})], result: undefined };
  },
});
