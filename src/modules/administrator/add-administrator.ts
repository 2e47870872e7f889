import { z } from "zod";
import { defineCommand, noFacts } from "../../kernel/command.ts";
import { ownedWith, readOnlyRef } from "../../kernel/event.ts";
import { instanceId, orgId, projectId, userId } from "../../kernel/ids.ts";
import { Refusal } from "../../kernel/refusal.ts";
import { org } from "../org/org.events.ts";
import { project } from "../project/project.events.ts";
import { user } from "../user/user.events.ts";
import { administrator, administratorLevels, needsMember } from "./administrator.events.ts";
import { administeredId, memberRoles, mustFit } from "./administrator-on.ts";

/** Gives a user roles on the instance, on an org or on a project. */
export const addAdministrator = defineCommand({
  name: "administrator.add",
  input: z.object({
    level: z.enum(administratorLevels),
    objectId: administeredId,
    userId,
    roles: memberRoles,
  }),
  streams: ({ input, newId }) => {
    const orgRef = readOnlyRef(org, input.level === "org" ? input.objectId : "");
    const projectRef = readOnlyRef(project, input.level === "project" ? input.objectId : "");
    return {
      administrator: ownedWith(administrator, newId(), input.level === "org" ? orgRef : projectRef),
      user: readOnlyRef(user, input.userId),
      org: orgRef,
      project: projectRef,
    };
  },
  permit: ({ input, streams }) => needsMember("write", { ...input, orgId: streams.administrator.ownerOrg }),
  facts: noFacts,
  decide: ({ ctx, input, streams }) => {
    mustFit(input, streams);
    const { status } = streams.user.state;
    if (status === "absent" || status === "removed") throw new Refusal("user.not_found");
    const member = { userId: input.userId, roles: [...new Set(input.roles)] };
    const { record } = streams.administrator;
    const event = {
      instance: () => record("instance.member.added", { ...member, objectId: instanceId.parse(ctx.instanceId) }),
      org: () => record("org.member.added", { ...member, objectId: orgId.parse(input.objectId) }),
      project: () => record("project.member.added", { ...member, objectId: projectId.parse(input.objectId) }),
    }[input.level]();
    return { events: [event], result: { administratorId: streams.administrator.id } };
  },
});
