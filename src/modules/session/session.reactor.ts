import type { Reactor } from "../../platform/projections/projection.ts";
import type { session } from "./session.events.ts";

/** What follows from a session's events: after its end, whoever it had signed in to is told. */
export const sessionReactor: Reactor<typeof session> = {
  "session.terminated": (e) => [{ kind: "session.ended", key: `session.ended:${e.id}`, payload: { sessionId: e.id } }],
};
