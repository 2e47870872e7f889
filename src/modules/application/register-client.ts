import { z } from "zod";
import { needs } from "../../kernel/actor.ts";
import { type Decision, defineCommand } from "../../kernel/command.ts";
import { type NewEvent, ownedWith, readOnlyRef } from "../../kernel/event.ts";
import { clientId, type InstanceId, type NewId, projectId, tokenId } from "../../kernel/ids.ts";
import { Refusal } from "../../kernel/refusal.ts";
import { addSeconds, epochSeconds, type Instant } from "../../kernel/time.ts";
import type { MintToken, TokenWrite } from "../../kernel/token.ts";
import {
  clientRegistration,
  clientRegistrationId,
  policyOf,
  type RegistrationPolicy,
} from "../client-registration/client-registration.events.ts";
import { isLivingProject, project } from "../project/project.events.ts";
import { application, checkConfigSize } from "./application.events.ts";
import { newOidcConfig } from "./application-config.ts";
import { clientSettings, toStored } from "./client-settings.events.ts";
import { clientSettingsProblems } from "./client-settings-rules.ts";
import { checkUris } from "./redirect-uris.ts";
import type { ClientSecretSources } from "./regenerate-client-secret.ts";

/** What a client says of itself, after the protocol has read it. */
export const strangersClient = z.object({ config: newOidcConfig, settings: clientSettings });

export type RegisterClientSources = ClientSecretSources & { readonly newId: NewId; readonly mintToken: MintToken };

export type Registered = {
  readonly clientId: string;
  readonly clientSecret: string | null;
  /** the registration access token (RFC 7592 §3); none for a client whose metadata is a document of its own */
  readonly token: string | null;
};

/**
 * Makes an application of what a client says of itself: by dynamic registration (RFC 7591 §3.1), or because its client id
 * is the address of its metadata. The policy of the moment is asked here, so that a switch that has just been turned off is
 * off.
 */
export const registerClient = defineCommand({
  name: "application.register",
  input: strangersClient.extend({
    projectId,
    by: z.discriminatedUnion("way", [
      z.object({ way: z.literal("registration"), initialTokenId: tokenId.nullable() }),
      z.object({ way: z.literal("metadata_document"), clientId }),
    ]),
  }),
  streams: ({ input, newId }) => {
    const inProject = readOnlyRef(project, input.projectId);
    return {
      application: ownedWith(application, newId(), inProject),
      project: inProject,
      registration: readOnlyRef(clientRegistration, clientRegistrationId),
    };
  },
  permit: () => needs("session.link"),
  facts: async (from: RegisterClientSources, { ctx, input, streams }) => {
    const { by } = input;
    if (by.way === "metadata_document") return { clientId: by.clientId, secret: null, token: null };
    return {
      clientId: clientId.parse(from.newId()),
      secret: await secretFor(from, ctx.instanceId, streams.application.id, input),
      token: from.mintToken("registration"),
    };
  },
  decide: ({ ctx, input, streams, facts }): Decision<Registered> => {
    const policy = policyOf(streams.registration.state);
    mustBeAdmitted(policy, input, streams.registration.state.tokens);
    const { ownerOrg, state: inProject } = streams.project;
    if (!isLivingProject(inProject) || ownerOrg === null) throw new Refusal("project.not_found");
    if (inProject.status !== "active") throw new Refusal("project.inactive");
    if (streams.application.exists) throw new Refusal("request.id_taken");

    const { secret, token } = facts;
    const { record } = streams.application;
    const config = { ...input.config, devMode: false };
    const settings = {
      ...input.settings,
      registeredBy: input.by.way,
      clientSecretExpiresAt: secret === null ? null : secretEnd(policy, ctx.now),
    };
    checkUris(config);
    const problems = clientSettingsProblems({ settings, config });
    if (problems.length > 0) throw new Refusal("request.invalid", { fields: [...problems] });
    const stored = toStored(settings);
    checkConfigSize(config, stored);
    const events: NewEvent[] = [
      record("project.application.added", {
        projectId: input.projectId,
        orgId: ownerOrg,
        // Strangers choose their names as they like: only their client ids tell them apart.
        name: facts.clientId,
      }),
      record("project.application.config.oidc.added", {
        ...config,
        clientId: facts.clientId,
        secretHash: secret?.hash ?? null,
      }),
      record("project.application.client_settings.changed", { settings: stored }),
    ];
    if (secret !== null && secret.sealed !== null) {
      events.push(
        record("project.application.config.oidc.secret.changed", {
          secretHash: secret.hash,
          sealedSecret: secret.sealed,
        }),
      );
    }
    const tokens: TokenWrite[] =
      token === null
        ? []
        : [
            {
              do: "put",
              row: { kind: "registration", id: token.id, hash: token.hash, expiresAt: null, clientId: facts.clientId },
            },
          ];
    return {
      events,
      tokens,
      result: { clientId: facts.clientId, clientSecret: secret?.text ?? null, token: token?.text ?? null },
    };
  },
});

/** A secret for a client that proves itself by one, sealed where it is itself a key (RFC 7518 §3.2). */
export const secretFor = async (
  from: ClientSecretSources,
  instanceId: InstanceId,
  applicationId: string,
  { config, settings }: z.output<typeof strangersClient>,
) => {
  if (config.authMethod !== "basic" && config.authMethod !== "post") return null;
  const minted = from.mintClientSecret();
  const isKey = settings.tokenEndpointAuthMethod === "client_secret_jwt";
  const label = `client_secret:${applicationId}` as const;
  return { ...minted, sealed: isKey ? await from.sealSecret(instanceId, label, minted.text) : null };
};

/** When a secret that is made now ends, in seconds of the epoch as `client_secret_expires_at` says it (RFC 7591 §3.2.1). */
export const secretEnd = ({ secretSeconds }: RegistrationPolicy, now: Instant): number | null =>
  secretSeconds === null ? null : epochSeconds(addSeconds(now, secretSeconds));

type Asking = {
  readonly projectId: string;
  readonly by:
    | { readonly way: "registration"; readonly initialTokenId: string | null }
    | { readonly way: "metadata_document" };
};

const mustBeAdmitted = (
  policy: RegistrationPolicy,
  { projectId: asked, by }: Asking,
  tokens: readonly { readonly tokenId: string }[],
): void => {
  if (policy.projectId !== asked) throw new Refusal("request.contended");
  if (by.way === "metadata_document") {
    if (!policy.metadataDocuments) throw new Refusal("registration.off");
    return;
  }
  if (policy.registration === "off") throw new Refusal("registration.off");
  const isHolder = tokens.some(({ tokenId: held }) => held === by.initialTokenId);
  if (policy.registration === "token" && !isHolder) throw new Refusal("auth.token_invalid");
};
