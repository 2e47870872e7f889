import type { Reactor } from "../../platform/projections/projection.ts";
import type { application } from "./application.events.ts";

/** What follows from an application's events: after its removal, its keys go too. */
export const applicationReactor: Reactor<typeof application> = {
  "project.application.removed": (e) => [
    { kind: "application.clear", key: `application.clear:${e.id}`, payload: { applicationId: e.id } },
  ],
};
