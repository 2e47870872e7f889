import { z } from "zod";
import { needs } from "../../kernel/actor.ts";
import { defineCommand, noFacts } from "../../kernel/command.ts";
import { streamRef } from "../../kernel/event.ts";
import { projectId } from "../../kernel/ids.ts";
import { Refusal } from "../../kernel/refusal.ts";
import { name } from "../../kernel/text.ts";
import { isLivingProject, type ProjectDetails, privateLabelings, project } from "./project.events.ts";

/** Changes a project's name or settings; what is not named stays as it is. */
export const updateProject = defineCommand({
  name: "project.update",
  input: z.object({
    projectId,
    name: name().optional(),
    roleAssertion: z.boolean().optional(),
    authorizationRequired: z.boolean().optional(),
    accessRequired: z.boolean().optional(),
    privateLabeling: z.enum(privateLabelings).optional(),
  }),
  streams: ({ input }) => ({ project: streamRef(project, input.projectId) }),
  permit: ({ input, streams }) =>
    needs("project.write", { orgId: streams.project.ownerOrg, projectId: input.projectId }),
  facts: noFacts,
  decide: ({ input: { projectId: _id, ...wanted }, streams }) => {
    const { record, state } = streams.project;
    if (!isLivingProject(state)) throw new Refusal("project.not_found");
    // The keys of the input but the id are those of the details.
    const keys = Object.keys(wanted) as (keyof ProjectDetails)[];
    const changes = keys.filter((key) => wanted[key] !== undefined && wanted[key] !== state[key]);
    const changed = Object.fromEntries(changes.map((key) => [key, wanted[key]]));
    return { events: changes.length === 0 ? [] : [record("project.changed", changed)], result: undefined };
  },
});
