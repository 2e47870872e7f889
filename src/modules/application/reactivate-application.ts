import { z } from "zod";
import { needs } from "../../kernel/actor.ts";
import { defineCommand, noFacts } from "../../kernel/command.ts";
import { streamRef } from "../../kernel/event.ts";
import { applicationId, projectId } from "../../kernel/ids.ts";
import { Refusal } from "../../kernel/refusal.ts";
import { application, assertLivingIn } from "./application.events.ts";

/** Reactivates a deactivated application. */
export const reactivateApplication = defineCommand({
  name: "application.reactivate",
  input: z.object({ projectId, applicationId }),
  streams: ({ input }) => ({ application: streamRef(application, input.applicationId) }),
  permit: ({ streams: { application: app } }) =>
    needs("project.app.write", { orgId: app.ownerOrg, projectId: app.state.projectId }),
  facts: noFacts,
  decide: ({ input, streams }) => {
    assertLivingIn(streams.application, input.projectId);
    if (streams.application.state.status !== "inactive") throw new Refusal("application.already_active");
    return { events: [streams.application.record("project.application.reactivated", {})], result: undefined };
  },
});
