import { z } from "zod";
import { needs } from "../../kernel/actor.ts";
import { defineCommand, noFacts } from "../../kernel/command.ts";
import { readOnlyRef, streamRef } from "../../kernel/event.ts";
import { projectId } from "../../kernel/ids.ts";
import { Refusal } from "../../kernel/refusal.ts";
import { isLivingProject, project } from "./project.events.ts";
import { projectRole, roleDisplayName, roleGroup, roleKey, roleStreamId } from "./project-role.events.ts";

/** Changes how a role is shown; what is not named stays as it is. Its key never changes. */
export const updateProjectRole = defineCommand({
  name: "project.role.update",
  input: z.object({ projectId, key: roleKey, displayName: roleDisplayName.optional(), group: roleGroup.optional() }),
  streams: ({ input }) => ({
    role: streamRef(projectRole, roleStreamId(input.projectId, input.key)),
    project: readOnlyRef(project, input.projectId),
  }),
  permit: ({ input, streams }) =>
    needs("project.role.write", { orgId: streams.project.ownerOrg, projectId: input.projectId }),
  facts: noFacts,
  decide: ({ input, streams }) => {
    const { record, state } = streams.role;
    if (!isLivingProject(streams.project.state)) throw new Refusal("project.not_found");
    if (state.status !== "active") throw new Refusal("project.role_not_found");
    const changed = {
      ...(input.displayName === undefined || input.displayName === state.displayName
        ? {}
        : { displayName: input.displayName }),
      ...(input.group === undefined || input.group === state.group ? {} : { group: input.group }),
    };
    const isChanged = Object.keys(changed).length > 0;
    return { events: isChanged ? [record("project.role.changed", changed)] : [], result: undefined };
  },
});
