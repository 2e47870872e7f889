import { z } from "zod";
import { needs } from "../../kernel/actor.ts";
import { defineCommand, noFacts } from "../../kernel/command.ts";
import { type NewEvent, streamRef } from "../../kernel/event.ts";
import { applicationId, projectId } from "../../kernel/ids.ts";
import { canonicalJson } from "../../kernel/json.ts";
import { Refusal } from "../../kernel/refusal.ts";
import { name } from "../../kernel/text.ts";
import { apiConfig, application, assertLivingIn, checkConfigSize, oidcConfig } from "./application.events.ts";
import { changedOidcConfig } from "./application-config.ts";
import { checkUris } from "./redirect-uris.ts";

/** Changes an application's name or configuration; what is not named stays as it is, its kind always does. */
export const updateApplication = defineCommand({
  name: "application.update",
  input: z.object({
    projectId,
    applicationId,
    name: name().optional(),
    config: z
      .discriminatedUnion("kind", [
        changedOidcConfig.extend({ kind: z.literal("oidc") }),
        apiConfig.partial().extend({ kind: z.literal("api") }),
      ])
      .optional(),
  }),
  streams: ({ input }) => ({ application: streamRef(application, input.applicationId) }),
  permit: ({ streams: { application: app } }) =>
    needs("project.app.write", { orgId: app.ownerOrg, projectId: app.state.projectId }),
  facts: noFacts,
  decide: ({ input, streams }) => {
    assertLivingIn(streams.application, input.projectId);
    const { record, state } = streams.application;
    const events: NewEvent[] = [];
    if (input.name !== undefined && input.name !== state.name) {
      events.push(record("project.application.changed", { name: input.name }));
    }
    const { configured } = state;
    if (input.config !== undefined && input.config.kind !== configured?.kind) {
      throw new Refusal("application.kind_differs");
    }
    if (input.config?.kind === "oidc" && configured?.kind === "oidc") {
      const after = oidcConfig.parse({ ...configured.config, ...given(input.config) });
      if (canonicalJson(after) !== canonicalJson(configured.config)) {
        checkUris(after);
        checkConfigSize(after, state.settings);
        events.push(record("project.application.config.oidc.changed", after));
      }
    }
    if (input.config?.kind === "api" && configured?.kind === "api") {
      const after = apiConfig.parse({ ...configured.config, ...given(input.config) });
      if (canonicalJson(after) !== canonicalJson(configured.config)) {
        events.push(record("project.application.config.api.changed", after));
      }
    }
    return { events, result: undefined };
  },
});

const given = (config: object): object =>
  Object.fromEntries(Object.entries(config).filter(([, value]) => value !== undefined));
