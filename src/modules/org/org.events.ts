import { z } from "zod";
import { defineStream } from "../../kernel/event.ts";

const orgEvents = {
  "org.added": { payload: z.object({ name: z.string() }) },
} as const;

export type OrgState = { readonly status: "absent" | "active" | "inactive" | "removed"; readonly name: string };

const initial: OrgState = { status: "absent", name: "" };

/** An organization: a tenant inside the instance that owns users and projects. */
export const org = defineStream<OrgState>()({
  kind: "org",
  revision: 1,
  events: orgEvents,
  initial,
  evolve: {
    "org.added": (_state, event) => ({ status: "active", name: event.payload.name }),
  },
});
