import { z } from "zod";
import { needs } from "../../kernel/actor.ts";
import { defineCommand } from "../../kernel/command.ts";
import { ownedWith, readOnlyRef } from "../../kernel/event.ts";
import { applicationId, projectId } from "../../kernel/ids.ts";
import { Refusal } from "../../kernel/refusal.ts";
import type { Instant } from "../../kernel/time.ts";
import { application, assertLivingIn } from "./application.events.ts";
import { applicationKey } from "./application-key.events.ts";

export type ApplicationKeySources = {
  /** a fresh pair: the public JWK, and the private key as PEM */
  readonly generateServiceKey: () => Promise<{
    readonly publicJwk: Readonly<Record<string, string>>;
    readonly privatePem: string;
  }>;
};

const expiry = z.custom<Instant>((value) => typeof value === "number" && Number.isSafeInteger(value) && value >= 0);

/** Makes a key pair for an application; its holder gets the private half once, as a key file. */
export const addApplicationKey = defineCommand({
  name: "application.key.add",
  input: z.object({
    projectId,
    applicationId,
    /** `null`: it lasts until it is removed */
    expiresAt: expiry.nullable(),
  }),
  streams: ({ input, newId }) => {
    const owner = readOnlyRef(application, input.applicationId);
    return { key: ownedWith(applicationKey, newId(), owner), application: owner };
  },
  permit: ({ streams: { application: app } }) =>
    needs("project.app.write", { orgId: app.ownerOrg, projectId: app.state.projectId }),
  facts: (from: ApplicationKeySources) => from.generateServiceKey(),
  decide: ({ ctx, input, streams, facts }) => {
    assertLivingIn(streams.application, input.projectId);
    const { ownerOrg, state } = streams.application;
    if (ownerOrg === null || state.clientId === null) throw new Refusal("application.not_found");
    if (state.configured?.config.authMethod !== "private_key_jwt") throw new Refusal("application.no_key");
    if (input.expiresAt !== null && input.expiresAt <= ctx.now) throw new Refusal("token.expiry_invalid");
    if (streams.key.exists) throw new Refusal("request.id_taken");
    const keyId = streams.key.id;
    return {
      events: [
        streams.key.record("project.application.oidc.key.added", {
          applicationId: input.applicationId,
          projectId: input.projectId,
          orgId: ownerOrg,
          publicJwk: facts.publicJwk,
          expiresAt: input.expiresAt,
        }),
      ],
      result: {
        keyId,
        keyFile: {
          type: "application",
          keyId,
          key: facts.privatePem,
          appId: input.applicationId,
          clientId: state.clientId,
        },
      },
    };
  },
});
