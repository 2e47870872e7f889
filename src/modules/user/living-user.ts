import type { Loaded } from "../../kernel/event.ts";
import { Refusal } from "../../kernel/refusal.ts";
import type { user } from "./user.events.ts";

/** Refuses with `user.not_found` when the user never existed or was removed. */
export const assertLiving = (loaded: Loaded<typeof user>): void => {
  if (loaded.state.status === "absent" || loaded.state.status === "removed") throw new Refusal("user.not_found");
};
