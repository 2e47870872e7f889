import { z } from "zod";
import { needs } from "../../kernel/actor.ts";
import { defineCommand, noFacts } from "../../kernel/command.ts";
import { readOnlyRef, streamRef } from "../../kernel/event.ts";
import { orgId, projectId } from "../../kernel/ids.ts";
import { Refusal } from "../../kernel/refusal.ts";
import { name } from "../../kernel/text.ts";
import { org } from "../org/org.events.ts";
import { privateLabelings, project } from "./project.events.ts";

/** Creates a project in an organization. */
export const createProject = defineCommand({
  name: "project.create",
  input: z.object({
    orgId,
    /** the caller's own id for the project; one is made when it is missing */
    projectId: projectId.optional(),
    name: name(),
    roleAssertion: z.boolean().default(false),
    authorizationRequired: z.boolean().default(false),
    accessRequired: z.boolean().default(false),
    privateLabeling: z.enum(privateLabelings).default("unspecified"),
  }),
  streams: ({ input, newId }) => ({
    project: streamRef(project, input.projectId ?? newId(), input.orgId),
    org: readOnlyRef(org, input.orgId),
  }),
  permit: ({ input }) => needs("project.create", { orgId: input.orgId }),
  facts: noFacts,
  decide: ({ input, streams }) => {
    if (streams.org.state.status !== "active") throw new Refusal("org.not_found");
    if (streams.project.exists) throw new Refusal("request.id_taken");
    const { projectId: _given, ...added } = input;
    return { events: [streams.project.record("project.added", added)], result: { projectId: streams.project.id } };
  },
});
