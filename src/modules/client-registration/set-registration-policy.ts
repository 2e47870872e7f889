import { z } from "zod";
import { needs } from "../../kernel/actor.ts";
import { defineCommand, noFacts } from "../../kernel/command.ts";
import { readOnlyRef, streamRef } from "../../kernel/event.ts";
import { Refusal } from "../../kernel/refusal.ts";
import { isLivingProject, project } from "../project/project.events.ts";
import { clientRegistration, clientRegistrationId, registrationPolicy } from "./client-registration.events.ts";

/** Says who may register clients and what these may do. They need a project to live in. */
export const setRegistrationPolicy = defineCommand({
  name: "client-registration.set-policy",
  input: z.object({ policy: registrationPolicy }),
  streams: ({ input }) => ({
    registration: streamRef(clientRegistration, clientRegistrationId),
    ...(input.policy.projectId === null ? {} : { project: readOnlyRef(project, input.policy.projectId) }),
  }),
  permit: () => needs("iam.policy.write"),
  facts: noFacts,
  decide: ({ input: { policy }, streams }) => {
    const isOn = policy.registration !== "off" || policy.metadataDocuments;
    if (isOn && policy.projectId === null) {
      throw new Refusal("request.invalid", { fields: [{ path: "policy.projectId", problem: "is missing" }] });
    }
    if (streams.project !== undefined && !isLivingProject(streams.project.state))
      throw new Refusal("project.not_found");
    return {
      events: [streams.registration.record("instance.client_registration.policy.set", policy)],
      result: undefined,
    };
  },
});
