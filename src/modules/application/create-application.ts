import { z } from "zod";
import { needs } from "../../kernel/actor.ts";
import { type Decision, defineCommand } from "../../kernel/command.ts";
import { ownedWith, readOnlyRef } from "../../kernel/event.ts";
import { applicationId, clientId, type NewId, projectId } from "../../kernel/ids.ts";
import { Refusal } from "../../kernel/refusal.ts";
import { name } from "../../kernel/text.ts";
import { isLivingProject, project } from "../project/project.events.ts";
import { apiConfig, application, checkConfigSize } from "./application.events.ts";
import { newOidcConfig } from "./application-config.ts";
import { type ComplianceProblem, complianceProblems } from "./compliance.ts";
import { checkUris } from "./redirect-uris.ts";

export type MintedClientSecret = { readonly text: string; readonly hash: string };

type Created = {
  readonly kind: "oidc" | "api";
  readonly applicationId: string;
  readonly clientId: string;
  readonly clientSecret: string | null;
  readonly problems: readonly ComplianceProblem[];
};

type Sources = {
  readonly newId: NewId;
  /** a 256-bit secret and the base64url SHA-256 of it */
  readonly mintClientSecret: () => MintedClientSecret;
};

/** Creates an application in a project: an OIDC client or an API. A client that authenticates by secret gets one, told once. */
export const createApplication = defineCommand({
  name: "application.create",
  input: z.object({
    projectId,
    applicationId: applicationId.optional(),
    name: name(),
    config: z.discriminatedUnion("kind", [
      newOidcConfig.extend({ kind: z.literal("oidc") }),
      apiConfig.extend({ kind: z.literal("api") }),
    ]),
  }),
  streams: ({ input, newId }) => {
    const inProject = readOnlyRef(project, input.projectId);
    return {
      application: ownedWith(application, input.applicationId ?? newId(), inProject),
      project: inProject,
    };
  },
  permit: ({ input, streams }) =>
    needs("project.app.write", { orgId: streams.project.ownerOrg, projectId: input.projectId }),
  facts: (from: Sources, { input }) => {
    const { authMethod } = input.config;
    const hasSecret = authMethod === "basic" || authMethod === "post";
    return { clientId: clientId.parse(from.newId()), secret: hasSecret ? from.mintClientSecret() : null };
  },
  decide: ({ input, streams, facts }): Decision<Created> => {
    const { ownerOrg } = streams.project;
    const inProject = streams.project.state;
    if (!isLivingProject(inProject) || ownerOrg === null) throw new Refusal("project.not_found");
    if (inProject.status !== "active") throw new Refusal("project.inactive");
    if (streams.application.exists) throw new Refusal("request.id_taken");
    const client = { clientId: facts.clientId, secretHash: facts.secret?.hash ?? null };
    const added = streams.application.record("project.application.added", {
      projectId: input.projectId,
      orgId: ownerOrg,
      name: input.name,
    });
    const result = {
      applicationId: streams.application.id,
      clientId: facts.clientId,
      clientSecret: facts.secret?.text ?? null,
    };
    if (input.config.kind === "api") {
      const { kind, ...config } = input.config;
      const configured = streams.application.record("project.application.config.api.added", { ...config, ...client });
      return { events: [added, configured], result: { ...result, kind, problems: [] } };
    }
    const { kind, ...config } = input.config;
    checkUris(config);
    checkConfigSize(config);
    const configured = streams.application.record("project.application.config.oidc.added", { ...config, ...client });
    return { events: [added, configured], result: { ...result, kind, problems: complianceProblems(config) } };
  },
});
