import { z } from "zod";
import type { Ctx, Need } from "../../kernel/actor.ts";
import { type Loaded, readOnlyRef, streamRef } from "../../kernel/event.ts";
import { projectId, userId } from "../../kernel/ids.ts";
import { isRole } from "../../kernel/permissions.ts";
import { Refusal } from "../../kernel/refusal.ts";
import { org } from "../org/org.events.ts";
import { isLivingProject, project } from "../project/project.events.ts";
import { administrator, administratorLevels, needsMember, roleFits } from "./administrator.events.ts";

/** The org or the project; on the instance level its own id, or nothing. */
export const administeredId = z.union([z.literal(""), projectId.transform((id): string => id)]);

/** Names the administrator of an object by its user, as the API does. */
export const administratorOn = z.object({
  /** the stream that the read table gives for the user and the object; none when it gives none */
  administratorId: z.string(),
  level: z.enum(administratorLevels),
  objectId: administeredId,
  userId,
});
type AdministratorOn = z.output<typeof administratorOn>;

export const memberRoles = z.array(z.string().refine(isRole, "is not a role")).min(1).max(20);

/** The administrator's stream, and those that say who owns the object. */
export const streamsOn = (input: AdministratorOn) => ({
  administrator: streamRef(administrator, input.administratorId),
  org: readOnlyRef(org, input.level === "org" ? input.objectId : ""),
  project: readOnlyRef(project, input.level === "project" ? input.objectId : ""),
});

type StreamsOn = {
  readonly administrator: Loaded<typeof administrator>;
  readonly org: Loaded<typeof org>;
  readonly project: Loaded<typeof project>;
};

/** Asked on the object that the caller names, so that who may not manage it learns nothing about its administrators. */
export const needsMemberOn = (action: "write" | "delete", input: AdministratorOn, streams: StreamsOn): Need =>
  needsMember(action, { ...input, orgId: input.level === "org" ? streams.org.ownerOrg : streams.project.ownerOrg });

/** Refuses an object that is not there, and roles of another level. */
export const mustFit = (
  { level, roles }: Pick<AdministratorOn, "level"> & { readonly roles: z.output<typeof memberRoles> },
  streams: Pick<StreamsOn, "org" | "project">,
): void => {
  if (!roles.every((role) => roleFits(level, role))) throw new Refusal("administrator.role_invalid");
  const { status } = streams.org.state;
  if (level === "org" && (status === "absent" || status === "removed")) throw new Refusal("org.not_found");
  if (level === "project" && !isLivingProject(streams.project.state)) throw new Refusal("project.not_found");
};

/** Whether the stream that was looked up still is that user's on that object. */
export const isOn = (ctx: Ctx, input: AdministratorOn, { state }: Loaded<typeof administrator>): boolean =>
  state.status === "active" &&
  state.level === input.level &&
  state.userId === input.userId &&
  state.objectId === (input.level === "instance" ? ctx.instanceId : input.objectId);
