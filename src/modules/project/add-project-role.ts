import { z } from "zod";
import { needs } from "../../kernel/actor.ts";
import { defineCommand, noFacts } from "../../kernel/command.ts";
import { ownedWith, readOnlyRef } from "../../kernel/event.ts";
import { projectId } from "../../kernel/ids.ts";
import { Refusal } from "../../kernel/refusal.ts";
import { isLivingProject, project } from "./project.events.ts";
import { projectRole, roleDisplayName, roleGroup, roleKey, roleStreamId } from "./project-role.events.ts";

/** Adds a role to a project. */
export const addProjectRole = defineCommand({
  name: "project.role.add",
  input: z.object({ projectId, key: roleKey, displayName: roleDisplayName, group: roleGroup.default("") }),
  streams: ({ input }) => {
    const inProject = readOnlyRef(project, input.projectId);
    return { role: ownedWith(projectRole, roleStreamId(input.projectId, input.key), inProject), project: inProject };
  },
  permit: ({ input, streams }) =>
    needs("project.role.write", { orgId: streams.project.ownerOrg, projectId: input.projectId }),
  facts: noFacts,
  decide: ({ input, streams }) => {
    const { ownerOrg, state } = streams.project;
    if (!isLivingProject(state) || ownerOrg === null) throw new Refusal("project.not_found");
    if (streams.role.state.status === "active") throw new Refusal("project.role_taken");
    return { events: [streams.role.record("project.role.added", { ...input, orgId: ownerOrg })], result: undefined };
  },
});
