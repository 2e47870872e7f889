import { z } from "zod";
import { type Claim, defineStream } from "../../kernel/event.ts";
import { fold } from "../../kernel/fold.ts";

const nothing = z.object({});
/** folded: domains are compared without regard to case */
const domain = z.object({ domain: z.string() });

const orgEvents = {
  "org.added": { payload: z.object({ name: z.string() }) },
  "org.domain.added": { payload: domain },
  "org.domain.verified": { payload: domain },
  "org.domain.primary.set": { payload: domain },
  "org.deactivated": { payload: nothing },
  "org.reactivated": { payload: nothing },
  "org.removed": { payload: nothing },
} as const;

export type OrgState = {
  readonly status: "absent" | "active" | "inactive" | "removed";
  readonly name: string;
  /** the domains this org holds against all others; unverified ones are nobody's */
  readonly verifiedDomains: readonly string[];
  readonly primaryDomain: string;
};

const initial: OrgState = { status: "absent", name: "", verifiedDomains: [], primaryDomain: "" };

const nameClaim = (name: string): Claim => ({ kind: "org_name", value: fold(name) });
const domainClaim = (domain: string): Claim => ({ kind: "org_domain", value: domain });

/** An organization: a tenant inside the instance that owns users and projects. */
export const org = defineStream<OrgState>()({
  kind: "org",
  revision: 1,
  events: orgEvents,
  initial,
  claims: {
    "org.added": (event) => ({ take: [nameClaim(event.payload.name)] }),
    "org.domain.verified": (event) => ({ take: [domainClaim(event.payload.domain)] }),
    "org.removed": (_event, before) => ({
      release: [nameClaim(before.name), ...before.verifiedDomains.map(domainClaim)],
    }),
  },
  evolve: {
    "org.added": (_state, event) => ({ ...initial, status: "active", name: event.payload.name }),
    "org.domain.added": (state) => state,
    "org.domain.verified": (state, event) => ({
      ...state,
      verifiedDomains: [...state.verifiedDomains, event.payload.domain],
    }),
    "org.domain.primary.set": (state, event) => ({ ...state, primaryDomain: event.payload.domain }),
    "org.deactivated": (state) => ({ ...state, status: "inactive" }),
    "org.reactivated": (state) => ({ ...state, status: "active" }),
    "org.removed": () => ({ ...initial, status: "removed" }),
  },
});

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
