import type { Loaded, NewEvent } from "../../kernel/event.ts";
import type { LockoutPolicy } from "../settings/policies.events.ts";
import type { user } from "./user.events.ts";

/** What comparing a password with the stored hash gave; `rehash` is the same password under today's parameters. */
export type PasswordCheck = { readonly ok: boolean; readonly rehash: string | null };

/**
 * The user's side of one password check: each wrong one counts, a right one starts the count anew, and the policy's
 * maximum locks. Whoever records these events on a conflict decides again, so that parallel attempts all count.
 */
export const decidePasswordCheck = (
  checked: Loaded<typeof user>,
  check: PasswordCheck,
  policy: LockoutPolicy,
): readonly NewEvent[] => {
  if (check.ok) {
    const events = [checked.record("user.human.password.check.succeeded", {})];
    if (check.rehash !== null) {
      events.push(checked.record("user.human.password.hash.updated", {}, { passwordHash: check.rehash }));
    }
    return events;
  }
  const events = [checked.record("user.human.password.check.failed", {})];
  const max = policy.maxPasswordAttempts;
  if (checked.state.status === "active" && max > 0 && checked.state.passwordFailures + 1 >= max) {
    events.push(checked.record("user.locked", {}));
  }
  return events;
};
