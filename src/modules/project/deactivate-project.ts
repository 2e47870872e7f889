import { z } from "zod";
import { needs } from "../../kernel/actor.ts";
import { defineCommand, noFacts } from "../../kernel/command.ts";
import { readOnlyRef, streamRef } from "../../kernel/event.ts";
import { projectId } from "../../kernel/ids.ts";
import { Refusal } from "../../kernel/refusal.ts";
import { instance } from "../instance/instance.events.ts";
import { isLivingProject, project } from "./project.events.ts";

/** Deactivates a project: its applications stop working, and so does every token they hold. Doing it again changes nothing. */
export const deactivateProject = defineCommand({
  name: "project.deactivate",
  input: z.object({ projectId }),
  streams: ({ ctx, input }) => ({
    project: streamRef(project, input.projectId),
    instance: readOnlyRef(instance, ctx.instanceId),
  }),
  permit: ({ input, streams }) =>
    needs("project.write", { orgId: streams.project.ownerOrg, projectId: input.projectId }),
  facts: noFacts,
  decide: ({ input, streams }) => {
    const { record, state } = streams.project;
    if (!isLivingProject(state)) throw new Refusal("project.not_found");
    if (streams.instance.state.iamProjectId === input.projectId) throw new Refusal("project.own");
    return { events: state.status === "active" ? [record("project.deactivated", {})] : [], result: undefined };
  },
});
