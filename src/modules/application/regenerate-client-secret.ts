import { z } from "zod";
import { needs } from "../../kernel/actor.ts";
import { defineCommand } from "../../kernel/command.ts";
import { streamRef } from "../../kernel/event.ts";
import { applicationId, type InstanceId, projectId } from "../../kernel/ids.ts";
import { Refusal } from "../../kernel/refusal.ts";
import { application, assertLivingIn } from "./application.events.ts";
import { clientSettings } from "./client-settings.events.ts";
import type { MintedClientSecret } from "./create-application.ts";

export type ClientSecretSources = {
  readonly mintClientSecret: () => MintedClientSecret;
  /** seals under the instance's key, for that label only */
  readonly sealSecret: (instanceId: InstanceId, label: `client_secret:${string}`, plaintext: string) => Promise<string>;
};

/** Gives a client that authenticates by secret a new one, told once; the one before stops working. */
export const regenerateClientSecret = defineCommand({
  name: "application.regenerate-secret",
  input: z.object({ projectId, applicationId }),
  streams: ({ input }) => ({ application: streamRef(application, input.applicationId) }),
  permit: ({ streams: { application: app } }) =>
    needs("project.app.write", { orgId: app.ownerOrg, projectId: app.state.projectId }),
  facts: async (from: ClientSecretSources, { ctx, input, streams }) => {
    const minted = from.mintClientSecret();
    const settings = clientSettings.parse(streams.application.state.settings);
    // RFC 7518 §3.2: whoever verifies a MAC needs the secret itself, not its hash.
    const isKey = settings.tokenEndpointAuthMethod === "client_secret_jwt";
    const label = `client_secret:${input.applicationId}` as const;
    return { ...minted, sealed: isKey ? await from.sealSecret(ctx.instanceId, label, minted.text) : null };
  },
  decide: ({ input, streams, facts }) => {
    assertLivingIn(streams.application, input.projectId);
    const { configured } = streams.application.state;
    const method = configured?.config.authMethod;
    if (configured === null || (method !== "basic" && method !== "post")) throw new Refusal("application.no_secret");
    const changed = `project.application.config.${configured.kind}.secret.changed` as const;
    return {
      events: [streams.application.record(changed, { secretHash: facts.hash, sealedSecret: facts.sealed })],
      result: { clientSecret: facts.text },
    };
  },
});
