import { z } from "zod";
import { type Ctx, needs } from "../../kernel/actor.ts";
import { defineCommand } from "../../kernel/command.ts";
import { readOnlyRef, streamRef } from "../../kernel/event.ts";
import { type OrgId, orgId } from "../../kernel/ids.ts";
import { Refusal } from "../../kernel/refusal.ts";
import { instance } from "../instance/instance.events.ts";
import { isLivingOrg, org } from "./org.events.ts";

export type RemoveOrganizationSources = {
  /** whether the instance's own project belongs to the org */
  readonly ownsInstanceProject: (ctx: Ctx, orgId: OrgId) => Promise<boolean>;
};

/**
 * Removes an organization. Its users, applications and administrators stop with it, as every read joins them with it; all
 * that it owned is then removed by a job. The default organization and the one of the instance's own project stay.
 */
export const removeOrganization = defineCommand({
  name: "org.remove",
  input: z.object({ orgId }),
  streams: ({ ctx, input }) => ({
    org: streamRef(org, input.orgId),
    instance: readOnlyRef(instance, ctx.instanceId),
  }),
  permit: ({ input }) => needs("org.delete", { orgId: input.orgId }),
  facts: (from: RemoveOrganizationSources, { ctx, input }) => from.ownsInstanceProject(ctx, input.orgId),
  decide: ({ input, streams, facts: ownsInstanceProject }) => {
    if (!isLivingOrg(streams.org.state)) throw new Refusal("org.not_found");
    if (ownsInstanceProject || streams.instance.state.defaultOrgId === input.orgId) throw new Refusal("org.own");
    return { events: [streams.org.record("org.removed", {})], result: undefined };
  },
});
