import { z } from "zod";
import { needs } from "../../kernel/actor.ts";
import { defineCommand, noFacts } from "../../kernel/command.ts";
import { streamRef } from "../../kernel/event.ts";
import { orgId } from "../../kernel/ids.ts";
import { Refusal } from "../../kernel/refusal.ts";
import { domainInput, isLivingOrg, org } from "./org.events.ts";

/** Takes a domain from an organization; another one may have it then. The primary one stays. */
export const removeOrganizationDomain = defineCommand({
  name: "org.domain.remove",
  input: z.object({ orgId, domain: domainInput }),
  streams: ({ input }) => ({ org: streamRef(org, input.orgId) }),
  permit: ({ input }) => needs("org.write", { orgId: input.orgId }),
  facts: noFacts,
  decide: ({ input: { domain }, streams }) => {
    const { record, state } = streams.org;
    if (!isLivingOrg(state)) throw new Refusal("org.not_found");
    if (![...state.verifiedDomains, ...state.unverifiedDomains].includes(domain)) {
      throw new Refusal("org.domain_not_found");
    }
    if (state.primaryDomain === domain) throw new Refusal("org.domain_primary");
    return { events: [record("org.domain.removed", { domain })], result: undefined };
  },
});
