import { z } from "zod";
import { type Ctx, needs } from "../../kernel/actor.ts";
import { defineCommand } from "../../kernel/command.ts";
import { type NewEvent, readOnlyRef, streamRef } from "../../kernel/event.ts";
import { orgId } from "../../kernel/ids.ts";
import { Refusal } from "../../kernel/refusal.ts";
import { name } from "../../kernel/text.ts";
import { instance } from "../instance/instance.events.ts";
import { generatedDomain, isLivingOrg, org, suffixedDomain } from "./org.events.ts";

export type UpdateOrganizationSources = {
  readonly isOrgDomainTaken: (ctx: Ctx, domain: string) => Promise<boolean>;
};

/** Renames an organization. The domain that was made of its name follows; domains of its own stay. */
export const updateOrganization = defineCommand({
  name: "org.update",
  input: z.object({ orgId, name: name() }),
  streams: ({ ctx, input }) => ({
    org: streamRef(org, input.orgId),
    instance: readOnlyRef(instance, ctx.instanceId),
  }),
  permit: ({ input }) => needs("org.write", { orgId: input.orgId }),
  facts: async (from: UpdateOrganizationSources, { ctx, input, streams }) => {
    const { primaryDomain } = streams.instance.state;
    const plain = generatedDomain(input.name, primaryDomain, input.orgId);
    const taken = !streams.org.state.verifiedDomains.includes(plain) && (await from.isOrgDomainTaken(ctx, plain));
    return { domain: taken ? suffixedDomain(input.name, primaryDomain, input.orgId) : plain };
  },
  decide: ({ input, streams, facts: next }) => {
    const { record, state } = streams.org;
    if (!isLivingOrg(state)) throw new Refusal("org.not_found");
    if (state.name === input.name) return { events: [], result: undefined };
    const events: NewEvent[] = [record("org.changed", { name: input.name })];
    const { primaryDomain } = streams.instance.state;
    const old = [generatedDomain, suffixedDomain]
      .map((make) => make(state.name, primaryDomain, input.orgId))
      .find((one) => state.verifiedDomains.includes(one));
    if (old !== undefined && old !== next.domain) {
      if (!state.verifiedDomains.includes(next.domain)) {
        events.push(record("org.domain.added", next), record("org.domain.verified", next));
      }
      if (state.primaryDomain === old) events.push(record("org.domain.primary.set", next));
      events.push(record("org.domain.removed", { domain: old }));
    }
    return { events, result: undefined };
  },
});
