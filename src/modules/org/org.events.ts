import { z } from "zod";
import { type Claim, defineStream } from "../../kernel/event.ts";
import { fold } from "../../kernel/fold.ts";

const nothing = z.object({});
/** folded: domains are compared without regard to case */
const domain = z.object({ domain: z.string() });

const orgEvents = {
  "org.added": { payload: z.object({ name: z.string() }) },
  "org.changed": { payload: z.object({ name: z.string() }) },
  "org.domain.added": { payload: domain },
  "org.domain.verified": { payload: domain },
  "org.domain.primary.set": { payload: domain },
  "org.domain.removed": { payload: domain },
  "org.deactivated": { payload: nothing },
  "org.reactivated": { payload: nothing },
  "org.removed": { payload: nothing },
} as const;

export type OrgState = {
  readonly status: "absent" | "active" | "inactive" | "removed";
  readonly name: string;
  /** the domains this org holds against all others */
  readonly verifiedDomains: readonly string[];
  /** domains it says are its own, as others may too */
  readonly unverifiedDomains: readonly string[];
  readonly primaryDomain: string;
};

const initial: OrgState = { status: "absent", name: "", verifiedDomains: [], unverifiedDomains: [], primaryDomain: "" };

const nameClaim = (name: string): Claim => ({ kind: "org_name", value: fold(name) });
const domainClaim = (domain: string): Claim => ({ kind: "org_domain", value: domain });

const without = (domains: readonly string[], domain: string): readonly string[] =>
  domains.filter((one) => one !== domain);

/** An organization: a tenant inside the instance that owns users and projects. */
export const org = defineStream<OrgState>()({
  kind: "org",
  revision: 2,
  events: orgEvents,
  initial,
  claims: {
    "org.added": (event) => ({ take: [nameClaim(event.payload.name)] }),
    "org.changed": (event, before) =>
      // The claim stays when only the case of the name changes.
      fold(event.payload.name) === fold(before.name)
        ? {}
        : { take: [nameClaim(event.payload.name)], release: [nameClaim(before.name)] },
    "org.domain.verified": (event) => ({ take: [domainClaim(event.payload.domain)] }),
    "org.domain.removed": (event, before) =>
      before.verifiedDomains.includes(event.payload.domain) ? { release: [domainClaim(event.payload.domain)] } : {},
    "org.removed": (_event, before) => ({
      release: [nameClaim(before.name), ...before.verifiedDomains.map(domainClaim)],
    }),
  },
  evolve: {
    "org.added": (_state, event) => ({ ...initial, status: "active", name: event.payload.name }),
    "org.changed": (state, event) => ({ ...state, name: event.payload.name }),
    "org.domain.added": (state, { payload }) => ({
      ...state,
      unverifiedDomains: [...without(state.unverifiedDomains, payload.domain), payload.domain],
    }),
    "org.domain.verified": (state, { payload }) => ({
      ...state,
      unverifiedDomains: without(state.unverifiedDomains, payload.domain),
      verifiedDomains: [...without(state.verifiedDomains, payload.domain), payload.domain],
    }),
    "org.domain.removed": (state, { payload }) => ({
      ...state,
      unverifiedDomains: without(state.unverifiedDomains, payload.domain),
      verifiedDomains: without(state.verifiedDomains, payload.domain),
    }),
    "org.domain.primary.set": (state, event) => ({ ...state, primaryDomain: event.payload.domain }),
    "org.deactivated": (state) => ({ ...state, status: "inactive" }),
    "org.reactivated": (state) => ({ ...state, status: "active" }),
    "org.removed": () => ({ ...initial, status: "removed" }),
  },
});

/** Whether the organization exists, whatever its state of work. */
export const isLivingOrg = ({ status }: Pick<OrgState, "status">): boolean =>
  status === "active" || status === "inactive";

/** The domain every org gets: its name as one DNS label (RFC 1035 §2.3.1) under the instance's own domain. */
export const generatedDomain = (orgName: string, instanceDomain: string, fallbackLabel: string): string => {
  const label = fold(orgName)
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .replace(/[^a-z0-9]+/g, "-")
    .slice(0, 63)
    .replace(/^-+|-+$/g, "");
  return `${label || `org-${fallbackLabel}`}.${instanceDomain.replace(/:\d+$/, "")}`;
};

/** The one for an org whose name gives a label that another org holds already: it carries the end of the org's id. */
export const suffixedDomain = (orgName: string, instanceDomain: string, orgId: string): string =>
  generatedDomain(`${orgName.slice(0, 40)} ${orgId.slice(-8)}`, instanceDomain, orgId);

/** A DNS name (RFC 1035 §2.3.1) as callers give it, in the form under which domains are stored. */
export const domainInput = z
  .string()
  .max(253, "must be at most 253 characters")
  .transform((domain) => fold(domain.trim()))
  .pipe(
    z
      .string()
      .max(253, "must be at most 253 characters")
      .regex(/^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*$/, "is not a domain"),
  );
