import { z } from "zod";
import { defineCommand } from "../../kernel/command.ts";
import { streamRef } from "../../kernel/event.ts";
import { Refusal } from "../../kernel/refusal.ts";
import { authorization, needsUserGrant, roleKeys } from "./authorization.events.ts";
import { type AuthorizationSources, rolesOf } from "./create-authorization.ts";

/** Replaces the roles of an authorization: those that are not named are taken away. */
export const updateAuthorization = defineCommand({
  name: "authorization.update",
  input: z.object({ authorizationId: z.string(), roleKeys }),
  streams: ({ input }) => ({ authorization: streamRef(authorization, input.authorizationId) }),
  permit: ({ streams }) => needsUserGrant("user.grant.write", streams.authorization.state),
  facts: async (from: AuthorizationSources, { ctx, input, streams }) => {
    const { projectId } = streams.authorization.state;
    return projectId === null ? [] : from.findProjectRoles(ctx.instanceId, projectId, input.roleKeys);
  },
  decide: ({ input, streams, facts }) => {
    const { record, state } = streams.authorization;
    if (state.userId === null) throw new Refusal("authorization.not_found");
    const roles = rolesOf(input.roleKeys, facts);
    const isSame =
      roles.length === state.roles.length &&
      roles.every(({ key, since }) => state.roles.some((had) => had.key === key && had.since === since));
    return { events: isSame ? [] : [record("user.grant.changed", { roles })], result: undefined };
  },
});
