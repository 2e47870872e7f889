import { z } from "zod";
import { defineStream } from "../../kernel/event.ts";
import { type OrgId, orgId, type ProjectId, projectId } from "../../kernel/ids.ts";
import { Refusal } from "../../kernel/refusal.ts";
import { lifetimes } from "./lifetimes.events.ts";

const domainsMax = 50;

const nothing = z.object({});
const domain = z.object({ domain: z.string() });

const instanceEvents = {
  "instance.added": { payload: z.object({ name: z.string(), defaultLanguage: z.string() }) },
  "instance.default.org.set": { payload: z.object({ orgId }) },
  "instance.iam.project.set": { payload: z.object({ projectId }) },
  "instance.domain.added": { payload: domain },
  "instance.domain.primary.set": { payload: domain },
  "instance.domain.removed": { payload: domain },
  "instance.changed": { payload: z.object({ name: z.string() }) },
  /** all of them, as they are from now on */
  "instance.oidc.settings.changed": { payload: lifetimes },
  "instance.trusted_domain.added": { payload: domain },
  "instance.trusted_domain.removed": { payload: domain },
  "instance.removed": { payload: nothing },
} as const;

export type InstanceState = {
  readonly status: "absent" | "active" | "removed";
  readonly name: string;
  readonly defaultOrgId: OrgId | null;
  /** the instance's own project, "ZITADEL": audience of tokens for the API */
  readonly iamProjectId: ProjectId | null;
  /** hosts (with port where it is not the scheme's own) under which the instance answers */
  readonly domains: readonly string[];
  readonly primaryDomain: string;
  /** hosts of others, such as a sign-in UI of one's own, that may speak for the instance; it does not answer under them */
  readonly trustedDomains: readonly string[];
};

const initial: InstanceState = {
  status: "absent",
  name: "",
  defaultOrgId: null,
  iamProjectId: null,
  domains: [],
  primaryDomain: "",
  trustedDomains: [],
};

/** All hosts together are part of the instance's state. */
const hostsChars = 13_000;

/** Refuses a host that would be one too many or too long for the state. */
export const mustHaveRoom = (state: InstanceState, host: string, have: readonly string[]): void => {
  const chars = [...state.domains, ...state.trustedDomains, host].join("").length;
  if (have.length < domainsMax && chars <= hostsChars) return;
  throw new Refusal("request.invalid", { fields: [{ path: "host", problem: `is beyond ${domainsMax} domains` }] });
};

/** A virtual instance: the tenant of the installation, picked by the host of a request. Its stream's id is its own id. */
export const instance = defineStream<InstanceState>()({
  kind: "instance",
  revision: 2,
  events: instanceEvents,
  initial,
  evolve: {
    "instance.added": (_state, event) => ({ ...initial, status: "active", name: event.payload.name }),
    "instance.default.org.set": (state, event) => ({ ...state, defaultOrgId: event.payload.orgId }),
    "instance.iam.project.set": (state, event) => ({ ...state, iamProjectId: event.payload.projectId }),
    "instance.domain.added": (state, event) => ({ ...state, domains: [...state.domains, event.payload.domain] }),
    "instance.domain.primary.set": (state, event) => ({ ...state, primaryDomain: event.payload.domain }),
    "instance.domain.removed": (state, event) => ({
      ...state,
      domains: state.domains.filter((one) => one !== event.payload.domain),
    }),
    "instance.changed": (state, event) => ({ ...state, name: event.payload.name }),
    "instance.oidc.settings.changed": (state) => state,
    "instance.trusted_domain.added": (state, event) => ({
      ...state,
      trustedDomains: [...state.trustedDomains, event.payload.domain],
    }),
    "instance.trusted_domain.removed": (state, event) => ({
      ...state,
      trustedDomains: state.trustedDomains.filter((one) => one !== event.payload.domain),
    }),
    "instance.removed": () => ({ ...initial, status: "removed" }),
  },
});

/** A host with an optional port (RFC 3986 §3.2.2), in the form under which hosts are stored. */
export const hostInput = z
  .string()
  .max(260)
  .transform((host) => normalHost(host))
  .pipe(z.string().regex(/^([a-z0-9_-]+(\.[a-z0-9_-]+)*|\[[0-9a-f:.]+\])(:\d{1,5})?$/, "is not a host"));

/** The form under which hosts are stored and looked up (RFC 3986 §3.2.2: case does not matter). */
export const normalHost = (host: string): string => host.trim().toLowerCase();
