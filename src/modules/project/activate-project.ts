import { z } from "zod";
import { needs } from "../../kernel/actor.ts";
import { defineCommand, noFacts } from "../../kernel/command.ts";
import { streamRef } from "../../kernel/event.ts";
import { projectId } from "../../kernel/ids.ts";
import { Refusal } from "../../kernel/refusal.ts";
import { isLivingProject, project } from "./project.events.ts";

/** Activates a deactivated project. Doing it again changes nothing. */
export const activateProject = defineCommand({
  name: "project.activate",
  input: z.object({ projectId }),
  streams: ({ input }) => ({ project: streamRef(project, input.projectId) }),
  permit: ({ input, streams }) =>
    needs("project.write", { orgId: streams.project.ownerOrg, projectId: input.projectId }),
  facts: noFacts,
  decide: ({ streams }) => {
    const { record, state } = streams.project;
    if (!isLivingProject(state)) throw new Refusal("project.not_found");
    return { events: state.status === "inactive" ? [record("project.reactivated", {})] : [], result: undefined };
  },
});
