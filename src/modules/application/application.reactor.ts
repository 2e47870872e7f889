import type { Reactor } from "../../platform/projections/projection.ts";
import type { application } from "./application.events.ts";
import { signaturesAsked } from "./client-algorithms.events.ts";
import { clientSettings } from "./client-settings.events.ts";

/** What follows from an application's events: after its removal, its keys go too; what is to be signed for it has its key. */
export const applicationReactor: Reactor<typeof application> = {
  "project.application.removed": (e) => [
    { kind: "application.clear", key: `application.clear:${e.id}`, payload: { applicationId: e.id } },
  ],
  "project.application.client_settings.changed": (e) => {
    const algorithms = signaturesAsked(clientSettings.parse(e.payload.settings));
    if (algorithms.length === 0) return [];
    return [
      {
        kind: "web_key.provide",
        key: `web_key.provide:${e.id}:${e.version}`,
        payload: { algorithms: [...algorithms] },
      },
    ];
  },
};
