import { z } from "zod";
import { needs } from "../../kernel/actor.ts";
import { type Decision, defineCommand, noFacts } from "../../kernel/command.ts";
import { readOnlyRef, streamRef } from "../../kernel/event.ts";
import { projectId } from "../../kernel/ids.ts";
import { project } from "./project.events.ts";
import { projectRole, roleKey, roleStreamId } from "./project-role.events.ts";

/** Removes a role from its project: nobody has it from then on. A role that is gone already is as wanted. */
export const removeProjectRole = defineCommand({
  name: "project.role.remove",
  input: z.object({ projectId, key: roleKey }),
  streams: ({ input }) => ({
    role: streamRef(projectRole, roleStreamId(input.projectId, input.key)),
    project: readOnlyRef(project, input.projectId),
  }),
  permit: ({ input, streams }) =>
    needs("project.role.write", { orgId: streams.project.ownerOrg, projectId: input.projectId }),
  facts: noFacts,
  decide: ({ streams }): Decision<{ readonly removed: boolean }> => {
    const removed = streams.role.state.status === "active";
    return { events: removed ? [streams.role.record("project.role.removed", {})] : [], result: { removed } };
  },
});
