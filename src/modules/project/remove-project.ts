import { z } from "zod";
import { needs } from "../../kernel/actor.ts";
import { type Decision, defineCommand, noFacts } from "../../kernel/command.ts";
import { readOnlyRef, streamRef } from "../../kernel/event.ts";
import { projectId } from "../../kernel/ids.ts";
import { Refusal } from "../../kernel/refusal.ts";
import { instance } from "../instance/instance.events.ts";
import { isLivingProject, project } from "./project.events.ts";

/**
 * Removes a project. Its applications stop with it, as every read joins the two; they, its roles and its administrators are
 * then removed by a job. A project that is gone already is as wanted.
 */
export const removeProject = defineCommand({
  name: "project.remove",
  input: z.object({ projectId }),
  streams: ({ ctx, input }) => ({
    project: streamRef(project, input.projectId),
    instance: readOnlyRef(instance, ctx.instanceId),
  }),
  permit: ({ input, streams }) =>
    needs("project.delete", { orgId: streams.project.ownerOrg, projectId: input.projectId }),
  facts: noFacts,
  decide: ({ input, streams }): Decision<{ readonly removed: boolean }> => {
    const { record, state } = streams.project;
    if (!isLivingProject(state)) return { events: [], result: { removed: false } };
    if (streams.instance.state.iamProjectId === input.projectId) throw new Refusal("project.own");
    return { events: [record("project.removed", {})], result: { removed: true } };
  },
});
