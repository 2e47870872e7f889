import { z } from "zod";
import { defineStream } from "../../kernel/event.ts";
import { type OrgId, orgId, type ProjectId, projectId } from "../../kernel/ids.ts";

const nothing = z.object({});
const domain = z.object({ domain: z.string() });

const instanceEvents = {
  "instance.added": { payload: z.object({ name: z.string(), defaultLanguage: z.string() }) },
  "instance.default.org.set": { payload: z.object({ orgId }) },
  "instance.iam.project.set": { payload: z.object({ projectId }) },
  "instance.domain.added": { payload: domain },
  "instance.domain.primary.set": { payload: domain },
  "instance.removed": { payload: nothing },
} as const;

export type InstanceState = {
  readonly status: "absent" | "active" | "removed";
  readonly defaultOrgId: OrgId | null;
  /** the instance's own project, "ZITADEL": audience of tokens for the API */
  readonly iamProjectId: ProjectId | null;
  /** hosts (with port where it is not the scheme's own) under which the instance answers */
  readonly domains: readonly string[];
  readonly primaryDomain: string;
};

const initial: InstanceState = {
  status: "absent",
  defaultOrgId: null,
  iamProjectId: null,
  domains: [],
  primaryDomain: "",
};

/** A virtual instance: the tenant of the installation, picked by the host of a request. Its stream's id is its own id. */
export const instance = defineStream<InstanceState>()({
  kind: "instance",
  revision: 1,
  events: instanceEvents,
  initial,
  evolve: {
    "instance.added": () => ({ ...initial, status: "active" }),
    "instance.default.org.set": (state, event) => ({ ...state, defaultOrgId: event.payload.orgId }),
    "instance.iam.project.set": (state, event) => ({ ...state, iamProjectId: event.payload.projectId }),
    "instance.domain.added": (state, event) => ({ ...state, domains: [...state.domains, event.payload.domain] }),
    "instance.domain.primary.set": (state, event) => ({ ...state, primaryDomain: event.payload.domain }),
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
