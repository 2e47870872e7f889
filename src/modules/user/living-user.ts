import type { Loaded } from "../../kernel/event.ts";
import { Refusal } from "../../kernel/refusal.ts";
import type { user } from "./user.events.ts";

/** Refuses with `user.not_found` when the user never existed or was removed. */
export const assertLiving = (loaded: Loaded<typeof user>): void => {
  if (loaded.state.status === "absent" || loaded.state.status === "removed") throw new Refusal("user.not_found");
};

/** Refuses with `user.not_human` also a service account. */
export const assertLivingHuman = (loaded: Loaded<typeof user>): void => {
  assertLiving(loaded);
  if (loaded.state.type !== "human") throw new Refusal("user.not_human");
};

/** Refuses with `user.not_machine` also a person. */
export const assertLivingMachine = (loaded: Loaded<typeof user>): void => {
  assertLiving(loaded);
  if (loaded.state.type !== "machine") throw new Refusal("user.not_machine");
};
