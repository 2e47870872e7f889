import { z } from "zod";
import { type Claim, defineStream } from "../../kernel/event.ts";
import { fold } from "../../kernel/fold.ts";
import { orgId } from "../../kernel/ids.ts";

export const privateLabelings = ["unspecified", "enforce_project", "allow_login_user"] as const;
/** Whose branding the sign-in pages of a project's applications show. */
export type PrivateLabeling = (typeof privateLabelings)[number];

const details = z.object({
  name: z.string(),
  roleAssertion: z.boolean(),
  authorizationRequired: z.boolean(),
  accessRequired: z.boolean(),
  privateLabeling: z.enum(privateLabelings),
});
export type ProjectDetails = z.output<typeof details>;

const nothing = z.object({});

const projectEvents = {
  "project.added": { payload: details.extend({ orgId }) },
  /** what is not named stays as it is */
  "project.changed": { payload: details.partial() },
  "project.deactivated": { payload: nothing },
  "project.reactivated": { payload: nothing },
  "project.removed": { payload: nothing },
} as const;

export type ProjectState = ProjectDetails & {
  readonly status: "absent" | "active" | "inactive" | "removed";
  readonly orgId: string;
};

const initial: ProjectState = {
  status: "absent",
  orgId: "",
  name: "",
  roleAssertion: false,
  authorizationRequired: false,
  accessRequired: false,
  privateLabeling: "unspecified",
};

const nameClaim = (org: string, name: string): Claim => ({ kind: "project_name", value: `${org}/${fold(name)}` });

/** A project: applications that share roles and settings, owned by one organization. */
export const project = defineStream<ProjectState>()({
  kind: "project",
  revision: 2,
  events: projectEvents,
  initial,
  claims: {
    "project.added": (event) => ({ take: [nameClaim(event.payload.orgId, event.payload.name)] }),
    "project.changed": (event, before) => {
      const { name } = event.payload;
      // The claim stays when only the case of the name changes.
      if (name === undefined || fold(name) === fold(before.name)) return {};
      return { take: [nameClaim(before.orgId, name)], release: [nameClaim(before.orgId, before.name)] };
    },
    "project.removed": (_event, before) => ({ release: [nameClaim(before.orgId, before.name)] }),
  },
  evolve: {
    "project.added": (_state, event) => ({ ...event.payload, status: "active" }),
    "project.changed": (state, { payload }) => ({
      ...state,
      name: payload.name ?? state.name,
      roleAssertion: payload.roleAssertion ?? state.roleAssertion,
      authorizationRequired: payload.authorizationRequired ?? state.authorizationRequired,
      accessRequired: payload.accessRequired ?? state.accessRequired,
      privateLabeling: payload.privateLabeling ?? state.privateLabeling,
    }),
    "project.deactivated": (state) => ({ ...state, status: "inactive" }),
    "project.reactivated": (state) => ({ ...state, status: "active" }),
    "project.removed": () => ({ ...initial, status: "removed" }),
  },
});

/** Whether the project exists, whatever its state of work. */
export const isLivingProject = ({ status }: Pick<ProjectState, "status">): boolean =>
  status === "active" || status === "inactive";
