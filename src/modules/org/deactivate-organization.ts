import { z } from "zod";
import { needs } from "../../kernel/actor.ts";
import { defineCommand, noFacts } from "../../kernel/command.ts";
import { streamRef } from "../../kernel/event.ts";
import { orgId } from "../../kernel/ids.ts";
import { Refusal } from "../../kernel/refusal.ts";
import { org } from "./org.events.ts";

/** Deactivates an organization: nobody of it can sign in, and its applications stop working. */
export const deactivateOrganization = defineCommand({
  name: "org.deactivate",
  input: z.object({ orgId }),
  streams: ({ input }) => ({ org: streamRef(org, input.orgId) }),
  permit: ({ input }) => needs("org.write", { orgId: input.orgId }),
  facts: noFacts,
  decide: ({ streams }) => {
    const { status } = streams.org.state;
    if (status === "absent" || status === "removed") throw new Refusal("org.not_found");
    if (status !== "active") throw new Refusal("org.inactive");
    return { events: [streams.org.record("org.deactivated", {})], result: undefined };
  },
});
