import type { Reactor } from "../../platform/projections/projection.ts";
import type { org } from "./org.events.ts";

/** What follows from an organization's events: after its removal, all that it owned goes too. */
export const orgReactor: Reactor<typeof org> = {
  "org.removed": (e) => [{ kind: "org.clear", key: `org.clear:${e.id}`, payload: { orgId: e.id } }],
};
