import type { Reactor } from "../../platform/projections/projection.ts";
import type { project } from "./project.events.ts";

/** What follows from a project's events: after its removal, all that hangs on it goes too. */
export const projectReactor: Reactor<typeof project> = {
  "project.removed": (e) => [{ kind: "project.clear", key: `project.clear:${e.id}`, payload: { projectId: e.id } }],
};
