import { z } from "zod";
import { needs } from "../../kernel/actor.ts";
import { defineCommand, noFacts } from "../../kernel/command.ts";
import { readOnlyRef, streamRef } from "../../kernel/event.ts";
import { orgId } from "../../kernel/ids.ts";
import { limits } from "../../kernel/limits.ts";
import { Refusal } from "../../kernel/refusal.ts";
import { effectivePolicy, instanceSettings, settings } from "../settings/settings.events.ts";
import { domainInput, isLivingOrg, org } from "./org.events.ts";

/** Adds a domain to an organization. It counts at once where the policy asks for no proof; else it is nobody's yet. */
export const addOrganizationDomain = defineCommand({
  name: "org.domain.add",
  input: z.object({ orgId, domain: domainInput }),
  streams: ({ input }) => ({
    org: streamRef(org, input.orgId),
    settings: readOnlyRef(settings, instanceSettings),
    orgSettings: readOnlyRef(settings, input.orgId),
  }),
  permit: ({ input }) => needs("org.write", { orgId: input.orgId }),
  facts: noFacts,
  decide: ({ input, streams }) => {
    const { record, state } = streams.org;
    if (!isLivingOrg(state)) throw new Refusal("org.not_found");
    const domains = [...state.verifiedDomains, ...state.unverifiedDomains];
    if (domains.includes(input.domain)) throw new Refusal("org.domain_exists");
    if (domains.length >= limits.domainsPerOrganization) throw new Refusal("org.domains_full");
    const domain = { domain: input.domain };
    const policy = effectivePolicy("domain", streams.settings.state, streams.orgSettings.state);
    const added = record("org.domain.added", domain);
    return {
      events: policy.validateOrgDomains ? [added] : [added, record("org.domain.verified", domain)],
      result: undefined,
    };
  },
});
