import { z } from "zod";
import { needsNothing } from "../../kernel/actor.ts";
import { defineCommand } from "../../kernel/command.ts";
import { readOnlyRef, streamRef } from "../../kernel/event.ts";
import { type InstanceId, orgId, tokenId, userId } from "../../kernel/ids.ts";
import { Refusal } from "../../kernel/refusal.ts";
import { text } from "../../kernel/text.ts";
import type { Instant } from "../../kernel/time.ts";
import { administrator } from "../administrator/administrator.events.ts";
import { org } from "../org/org.events.ts";
import { effectivePolicy, instanceSettings, settings } from "../settings/settings.events.ts";
import { type HumanUserSources, humanUser, humanUserEvents, humanUserFacts } from "../user/human-user.events.ts";
import { user } from "../user/user.events.ts";
import { adminLink } from "./admin-link.events.ts";

const input = z.object({
  /** the text of the link's token: the proof that the caller may do this */
  token: text(),
  /** the link that the token opens, looked up before: the streams are named before facts are gathered */
  linkId: tokenId,
  /** where the administrator is to live: the instance's default org */
  orgId,
  user: humanUser,
});

type Sources = HumanUserSources & {
  readonly findAdminLink: (
    instanceId: InstanceId,
    token: string,
    now: Instant,
  ) => Promise<{ readonly linkId: string } | null>;
};

/** Uses a link up: makes the user and gives it the instance, in one unit with the link's end. */
export const redeemAdminLink = defineCommand({
  name: "admin-link.redeem",
  input,
  streams: ({ input, newId }) => ({
    link: streamRef(adminLink, input.linkId),
    user: streamRef(user, input.user.userId ?? newId(), input.orgId),
    administrator: streamRef(administrator, newId()),
    org: readOnlyRef(org, input.orgId),
    settings: readOnlyRef(settings, instanceSettings),
  }),
  // The link is the permission; it is checked before anything is computed.
  permit: () => needsNothing,
  facts: async (from: Sources, { ctx, input }) => {
    const found = await from.findAdminLink(ctx.instanceId, input.token, ctx.now);
    if (found?.linkId !== input.linkId) throw new Refusal("admin_link.invalid");
    return humanUserFacts(from, input.user);
  },
  decide: ({ ctx, input, streams, facts }) => {
    const { status, expiresAt } = streams.link.state;
    if (status !== "issued" || expiresAt <= ctx.now) throw new Refusal("admin_link.invalid");
    if (streams.org.state.status !== "active") throw new Refusal("org.not_found");
    const complexity = effectivePolicy("password.complexity", streams.settings.state, null);
    const made = userId.parse(streams.user.id);
    return {
      events: [
        streams.link.record("admin_link.redeemed", { userId: made }),
        ...humanUserEvents(streams.user, input.user, facts, { orgId: input.orgId, now: ctx.now, complexity }),
        streams.administrator.record("instance.member.added", {
          objectId: ctx.instanceId,
          userId: made,
          roles: ["IAM_OWNER"],
        }),
      ],
      result: { userId: made },
    };
  },
});
