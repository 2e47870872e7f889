import { z } from "zod";
import { needs } from "../../kernel/actor.ts";
import { defineCommand, noFacts } from "../../kernel/command.ts";
import { streamRef } from "../../kernel/event.ts";
import { orgId } from "../../kernel/ids.ts";
import { Refusal } from "../../kernel/refusal.ts";
import { org } from "./org.events.ts";

/** Reactivates a deactivated organization. */
export const reactivateOrganization = defineCommand({
  name: "org.reactivate",
  input: z.object({ orgId }),
  streams: ({ input }) => ({ org: streamRef(org, input.orgId) }),
  permit: ({ input }) => needs("org.write", { orgId: input.orgId }),
  facts: noFacts,
  decide: ({ streams }) => {
    const { status } = streams.org.state;
    if (status === "absent" || status === "removed") throw new Refusal("org.not_found");
    if (status !== "inactive") throw new Refusal("org.already_active");
    return { events: [streams.org.record("org.reactivated", {})], result: undefined };
  },
});
