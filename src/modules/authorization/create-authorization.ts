import { z } from "zod";
import { defineCommand } from "../../kernel/command.ts";
import { ownedWith, readOnlyRef } from "../../kernel/event.ts";
import { type InstanceId, orgId, type ProjectId, projectId, userId } from "../../kernel/ids.ts";
import { Refusal } from "../../kernel/refusal.ts";
import { isLivingProject, project } from "../project/project.events.ts";
import { user } from "../user/user.events.ts";
import { authorization, type GivenRole, needsUserGrant, roleKeys } from "./authorization.events.ts";

export type AuthorizationSources = {
  /** those of these keys that are roles of the project now */
  readonly findProjectRoles: (
    instanceId: InstanceId,
    projectId: ProjectId,
    keys: readonly string[],
  ) => Promise<readonly GivenRole[]>;
};

/** Gives a user roles of a project, on the organization that owns it. A user has one authorization per project and organization. */
export const createAuthorization = defineCommand({
  name: "authorization.create",
  input: z.object({
    userId,
    projectId,
    /** the project's owner when it is missing */
    orgId: orgId.optional(),
    roleKeys,
  }),
  streams: ({ input, newId }) => {
    const owner = readOnlyRef(project, input.projectId);
    return {
      authorization: ownedWith(authorization, newId(), owner),
      project: owner,
      user: readOnlyRef(user, input.userId),
    };
  },
  permit: ({ input, streams }) =>
    needsUserGrant("user.grant.write", {
      orgId: input.orgId ?? streams.project.ownerOrg,
      projectId: streams.project.exists ? input.projectId : null,
    }),
  facts: (from: AuthorizationSources, { ctx, input }) =>
    from.findProjectRoles(ctx.instanceId, input.projectId, input.roleKeys),
  decide: ({ input, streams, facts }) => {
    const owner = streams.project.ownerOrg;
    // Without project grants no other organization has a project: for it there is none.
    if (!isLivingProject(streams.project.state) || owner === null || (input.orgId ?? owner) !== owner) {
      throw new Refusal("project.not_found");
    }
    const { status } = streams.user.state;
    if (status === "absent" || status === "removed") throw new Refusal("user.not_found");
    return {
      events: [
        streams.authorization.record("user.grant.added", {
          userId: input.userId,
          projectId: input.projectId,
          orgId: owner,
          roles: rolesOf(input.roleKeys, facts),
        }),
      ],
      result: { authorizationId: streams.authorization.id },
    };
  },
});

/** The roles that the keys name; refuses keys that name none. */
export const rolesOf = (keys: readonly string[], existing: readonly GivenRole[]): GivenRole[] =>
  keys.map((key) => {
    const role = existing.find((one) => one.key === key);
    if (!role) throw new Refusal("authorization.role_unknown");
    return role;
  });
