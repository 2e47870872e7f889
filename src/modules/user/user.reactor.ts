import type { Reactor } from "../../platform/projections/projection.ts";
import type { user } from "./user.events.ts";

/** What follows from a user's events: after a removal, all that hangs on the user goes too; after a deactivation, its sessions. */
export const userReactor: Reactor<typeof user> = {
  "user.removed": (e) => [{ kind: "user.erase", key: `user.erase:${e.id}`, payload: { userId: e.id } }],
  "user.deactivated": (e) => [
    {
      kind: "user.sign_out",
      key: `user.sign_out:${e.id}:${e.version}`,
      payload: { userId: e.id, before: e.at },
      subject: e.id,
    },
  ],
};
