import { z } from "zod";
import { needs } from "../../kernel/actor.ts";
import { defineCommand } from "../../kernel/command.ts";
import { streamRef } from "../../kernel/event.ts";
import { applicationId, projectId } from "../../kernel/ids.ts";
import { Refusal } from "../../kernel/refusal.ts";
import { application, assertLivingIn } from "./application.events.ts";
import type { MintedClientSecret } from "./create-application.ts";

/** Gives a client that authenticates by secret a new one, told once; the one before stops working. */
export const regenerateClientSecret = defineCommand({
  name: "application.regenerate-secret",
  input: z.object({ projectId, applicationId }),
  streams: ({ input }) => ({ application: streamRef(application, input.applicationId) }),
  permit: ({ streams: { application: app } }) =>
    needs("project.app.write", { orgId: app.ownerOrg, projectId: app.state.projectId }),
  facts: (from: { readonly mintClientSecret: () => MintedClientSecret }) => from.mintClientSecret(),
  decide: ({ input, streams, facts }) => {
    assertLivingIn(streams.application, input.projectId);
    const { configured } = streams.application.state;
    const method = configured?.config.authMethod;
    if (configured === null || (method !== "basic" && method !== "post")) throw new Refusal("application.no_secret");
    const changed = `project.application.config.${configured.kind}.secret.changed` as const;
    return {
      events: [streams.application.record(changed, { secretHash: facts.hash })],
      result: { clientSecret: facts.text },
    };
  },
});
