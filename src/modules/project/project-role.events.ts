import { z } from "zod";
import { defineStream } from "../../kernel/event.ts";
import { orgId, type ProjectId, projectId } from "../../kernel/ids.ts";
import { name, text } from "../../kernel/text.ts";

/** The key by which applications know a role; it stands in tokens. */
export const roleKey = name();
export const roleDisplayName = name();
export const roleGroup = text(200).trim();

const details = z.object({ displayName: z.string(), group: z.string() });

const roleEvents = {
  "project.role.added": { payload: details.extend({ projectId, orgId, key: z.string() }) },
  /** what is not named stays as it is */
  "project.role.changed": { payload: details.partial() },
  "project.role.removed": { payload: z.object({}) },
} as const;

export type ProjectRoleState = {
  readonly status: "absent" | "active" | "removed";
  readonly displayName: string;
  readonly group: string;
};

const initial: ProjectRoleState = { status: "absent", displayName: "", group: "" };

/** A role of a project, which authorizations give to users. One that was removed may be added again: it is a new role then. */
export const projectRole = defineStream<ProjectRoleState>()({
  kind: "project_role",
  revision: 1,
  events: roleEvents,
  initial,
  evolve: {
    "project.role.added": (_state, { payload }) => ({
      status: "active",
      displayName: payload.displayName,
      group: payload.group,
    }),
    "project.role.changed": (state, { payload }) => ({
      ...state,
      displayName: payload.displayName ?? state.displayName,
      group: payload.group ?? state.group,
    }),
    "project.role.removed": () => ({ ...initial, status: "removed" }),
  },
});

/** The stream of a project's role: its key makes it unique there. An id holds no colon, so that no two streams meet. */
export const roleStreamId = (project: ProjectId, key: string): string => `${project}:${key}`;

/** The project and the key that {@link roleStreamId} made a stream's id of. */
export const keyOfRole = (streamId: string): { readonly projectId: string; readonly key: string } => {
  const colon = streamId.indexOf(":");
  return { projectId: streamId.slice(0, colon), key: streamId.slice(colon + 1) };
};
