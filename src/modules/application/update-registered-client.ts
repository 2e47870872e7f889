import { needs } from "../../kernel/actor.ts";
import { type Decision, defineCommand } from "../../kernel/command.ts";
import { type NewEvent, readOnlyRef, streamRef } from "../../kernel/event.ts";
import { applicationId } from "../../kernel/ids.ts";
import { canonicalJson } from "../../kernel/json.ts";
import { Refusal } from "../../kernel/refusal.ts";
import {
  clientRegistration,
  clientRegistrationId,
  policyOf,
} from "../client-registration/client-registration.events.ts";
import { application, checkConfigSize } from "./application.events.ts";
import { clientSettings, toStored } from "./client-settings.events.ts";
import { clientSettingsProblems } from "./client-settings-rules.ts";
import { checkUris } from "./redirect-uris.ts";
import type { ClientSecretSources } from "./regenerate-client-secret.ts";
import { secretEnd, secretFor, strangersClient } from "./register-client.ts";

/**
 * Replaces what a client says of itself (RFC 7592 §2.2), or takes over what its metadata document says now. A client whose
 * secret ends, or that has just chosen to have one, gets a new secret with it.
 */
export const updateRegisteredClient = defineCommand({
  name: "application.update-registered",
  input: strangersClient.extend({ applicationId }),
  streams: ({ input }) => ({
    application: streamRef(application, input.applicationId),
    registration: readOnlyRef(clientRegistration, clientRegistrationId),
  }),
  permit: () => needs("session.link"),
  facts: (from: ClientSecretSources, { ctx, input }) => secretFor(from, ctx.instanceId, input.applicationId, input),
  decide: ({ ctx, input, streams, facts }): Decision<{ readonly clientSecret: string | null }> => {
    const { state, record } = streams.application;
    const before = clientSettings.parse(state.settings);
    if (state.status !== "active" || state.configured?.kind !== "oidc" || before.registeredBy === "administrator") {
      throw new Refusal("application.not_found");
    }
    const config = { ...input.config, devMode: false };
    const hadSecret = ["basic", "post"].includes(state.configured.config.authMethod);
    const isKey = (method: string | null) => method === "client_secret_jwt";
    const isNew =
      facts !== null &&
      (!hadSecret ||
        before.clientSecretExpiresAt !== null ||
        isKey(before.tokenEndpointAuthMethod) !== isKey(input.settings.tokenEndpointAuthMethod));
    const settings = {
      ...input.settings,
      registeredBy: before.registeredBy,
      clientSecretExpiresAt: isNew ? secretEnd(policyOf(streams.registration.state), ctx.now) : null,
    };
    checkUris(config);
    const problems = clientSettingsProblems({ settings, config });
    if (problems.length > 0) throw new Refusal("request.invalid", { fields: [...problems] });
    const stored = toStored(settings);
    checkConfigSize(config, stored);

    const events: NewEvent[] = [];
    if (canonicalJson(config) !== canonicalJson(state.configured.config)) {
      events.push(record("project.application.config.oidc.changed", config));
    }
    if (canonicalJson(stored) !== canonicalJson(state.settings)) {
      events.push(record("project.application.client_settings.changed", { settings: stored }));
    }
    if (isNew) {
      events.push(
        record("project.application.config.oidc.secret.changed", {
          secretHash: facts.hash,
          sealedSecret: facts.sealed,
        }),
      );
    }
    return { events, result: { clientSecret: isNew ? facts.text : null } };
  },
});
