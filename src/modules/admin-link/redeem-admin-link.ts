import { z } from "zod";
import { needs } from "../../kernel/actor.ts";
import { defineCommand } from "../../kernel/command.ts";
import { readOnlyRef, streamRef } from "../../kernel/event.ts";
import { orgId, tokenId, userId } from "../../kernel/ids.ts";
import { Refusal } from "../../kernel/refusal.ts";
import { administrator } from "../administrator/administrator.events.ts";
import { org } from "../org/org.events.ts";
import { effectivePolicy, instanceSettings, settings } from "../settings/settings.events.ts";
import { type HumanUserSources, humanUser, humanUserEvents, humanUserFacts } from "../user/human-user.events.ts";
import { user } from "../user/user.events.ts";
import { adminLink } from "./admin-link.events.ts";

export type RedeemAdminLinkSources = HumanUserSources;

/**
 * Makes an administrator of the instance from a link whose secret has been verified. Single use is decided on the link's
 * stream, so two at once make one account.
 */
export const redeemAdminLink = defineCommand({
  name: "admin-link.redeem",
  input: z.object({ linkId: z.string(), provenTokenId: tokenId, orgId, person: humanUser }),
  streams: ({ input, newId }) => ({
    user: streamRef(user, newId(), input.orgId),
    link: streamRef(adminLink, input.linkId),
    role: streamRef(administrator, newId()),
    org: readOnlyRef(org, input.orgId),
    settings: readOnlyRef(settings, instanceSettings),
  }),
  permit: () => needs("iam.member.write"),
  facts: (from: RedeemAdminLinkSources, { input }) => humanUserFacts(from, input.person),
  decide: ({ ctx, input, streams, facts }) => {
    const { status, tokenId: opens, expiresAt } = streams.link.state;
    if (status !== "issued" || opens !== input.provenTokenId || expiresAt <= ctx.now)
      throw new Refusal("admin_link.invalid");
    if (streams.org.state.status !== "active") throw new Refusal("org.not_found");
    const complexity = effectivePolicy("password.complexity", streams.settings.state, null);
    const id = userId.parse(streams.user.id);
    return {
      events: [
        streams.link.record("instance.admin_link.redeemed", { userId: id }),
        ...humanUserEvents(streams.user, input.person, facts, { orgId: input.orgId, now: ctx.now, complexity }),
        streams.role.record("instance.member.added", { objectId: ctx.instanceId, userId: id, roles: ["IAM_OWNER"] }),
      ],
      tokens: [{ do: "drop", kind: "admin_link", id: input.provenTokenId }],
      result: { userId: id },
    };
  },
});
