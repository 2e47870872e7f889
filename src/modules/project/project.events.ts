import { z } from "zod";
import { type Claim, defineStream } from "../../kernel/event.ts";
import { fold } from "../../kernel/fold.ts";
import { orgId } from "../../kernel/ids.ts";

export const privateLabelings = ["unspecified", "enforce_project", "allow_login_user"] as const;
/** Whose branding the sign-in pages of a project's applications show. */
export type PrivateLabeling = (typeof privateLabelings)[number];

const projectEvents = {
  "project.added": {
    payload: z.object({
      orgId,
      name: z.string(),
      roleAssertion: z.boolean(),
      authorizationRequired: z.boolean(),
      accessRequired: z.boolean(),
      privateLabeling: z.enum(privateLabelings),
    }),
  },
} as const;

export type ProjectState = { readonly status: "absent" | "active"; readonly name: string };

const initial: ProjectState = { status: "absent", name: "" };

const nameClaim = (org: string, name: string): Claim => ({ kind: "project_name", value: `${org}/${fold(name)}` });

/** A project: applications that share roles and settings, owned by one organization. */
export const project = defineStream<ProjectState>()({
  kind: "project",
  revision: 1,
  events: projectEvents,
  initial,
  claims: { "project.added": (event) => ({ take: [nameClaim(event.payload.orgId, event.payload.name)] }) },
  evolve: { "project.added": (_state, event) => ({ status: "active", name: event.payload.name }) },
});
