import { z } from "zod";
import { needs } from "../../kernel/actor.ts";
import { defineCommand, noFacts } from "../../kernel/command.ts";
import { streamRef } from "../../kernel/event.ts";
import { applicationId, projectId } from "../../kernel/ids.ts";
import { canonicalJson } from "../../kernel/json.ts";
import { Refusal } from "../../kernel/refusal.ts";
import { application, assertLivingIn, checkConfigSize } from "./application.events.ts";
import { clientSettings, toStored } from "./client-settings.events.ts";
import { clientSettingsProblems } from "./client-settings-rules.ts";

/**
 * Replaces all that is set of an application beside its ZITADEL configuration; what is left out gets its default. Who
 * registered the application is a fact and stays.
 */
export const setClientSettings = defineCommand({
  name: "application.set_client_settings",
  input: z.object({ projectId, applicationId, settings: clientSettings }),
  streams: ({ input }) => ({ application: streamRef(application, input.applicationId) }),
  permit: ({ streams: { application: app } }) =>
    needs("project.app.write", { orgId: app.ownerOrg, projectId: app.state.projectId }),
  facts: noFacts,
  decide: ({ input, streams }) => {
    assertLivingIn(streams.application, input.projectId);
    const { record, state } = streams.application;
    if (state.configured === null) throw new Refusal("application.not_found");
    const { config } = state.configured;
    const { registeredBy, clientSecretExpiresAt } = clientSettings.parse(state.settings);
    const settings = { ...input.settings, registeredBy, clientSecretExpiresAt };
    const problems = clientSettingsProblems({ settings, config });
    if (problems.length > 0) throw new Refusal("request.invalid", { fields: [...problems] });
    const stored = toStored(settings);
    checkConfigSize(config, stored);
    if (canonicalJson(stored) === canonicalJson(state.settings)) return { events: [], result: undefined };
    return {
      events: [record("project.application.client_settings.changed", { settings: stored })],
      result: undefined,
    };
  },
});
