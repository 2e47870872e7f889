import { z } from "zod";
import { needs } from "../../kernel/actor.ts";
import { defineCommand, noFacts } from "../../kernel/command.ts";
import { streamRef } from "../../kernel/event.ts";
import { applicationId, projectId } from "../../kernel/ids.ts";
import { Refusal } from "../../kernel/refusal.ts";
import { applicationKey } from "./application-key.events.ts";

/** Takes a key from an application: what it signs from then on proves nothing. */
export const removeApplicationKey = defineCommand({
  name: "application.key.remove",
  input: z.object({ keyId: z.string().min(1).max(200), projectId, applicationId }),
  streams: ({ input }) => ({ key: streamRef(applicationKey, input.keyId) }),
  permit: ({ streams: { key } }) => needs("project.app.write", { orgId: key.ownerOrg, projectId: key.state.projectId }),
  facts: noFacts,
  decide: ({ input, streams }) => {
    const { record, state } = streams.key;
    const isThere = state.projectId === input.projectId && state.applicationId === input.applicationId;
    if (state.status !== "active" || !isThere) throw new Refusal("application.key_not_found");
    return { events: [record("project.application.oidc.key.removed", {})], result: undefined };
  },
});
