import { z } from "zod";
import { needs } from "../../kernel/actor.ts";
import { defineCommand, noFacts } from "../../kernel/command.ts";
import { streamRef } from "../../kernel/event.ts";
import { applicationId, projectId } from "../../kernel/ids.ts";
import { application, assertLivingIn } from "./application.events.ts";

/** Removes an application: its tokens stop at once, as every read joins the two; its keys are then removed by a job. */
export const removeApplication = defineCommand({
  name: "application.remove",
  input: z.object({ projectId, applicationId }),
  streams: ({ input }) => ({ application: streamRef(application, input.applicationId) }),
  permit: ({ streams: { application: app } }) =>
    needs("project.app.delete", { orgId: app.ownerOrg, projectId: app.state.projectId }),
  facts: noFacts,
  decide: ({ input, streams }) => {
    assertLivingIn(streams.application, input.projectId);
    return { events: [streams.application.record("project.application.removed", {})], result: undefined };
  },
});
