import type { Ctx } from "../../kernel/actor.ts";
import type { Loaded, NewEvent } from "../../kernel/event.ts";
import { Refusal } from "../../kernel/refusal.ts";
import type { user } from "../user/user.events.ts";
import type { session } from "./session.events.ts";
import type { SignInFacts } from "./sign-in-facts.ts";

/** What every check of a session sees. */
export type CheckCase = {
  readonly ctx: Ctx;
  readonly session: Loaded<typeof session>;
  /** the user that the request names, or whom the session has; `null`: neither, or a login name that nobody has */
  readonly user: Loaded<typeof user> | null;
  readonly signIn: SignInFacts;
};

/**
 * A check passed with its events, or it failed: then `events` are all that is recorded. `failedAttempts` is `null` when
 * neither the answer nor its time may depend on whether the user exists.
 */
export type CheckOutcome =
  | { readonly is: "passed"; readonly events: readonly NewEvent[] }
  | { readonly is: "wrong"; readonly events: readonly NewEvent[]; readonly failedAttempts: number | null };

/** Refuses for users who may not sign in; no check of such a user ever passes. */
export const mustBeAbleToSignIn = ({ user, signIn }: CheckCase): void => {
  if (user === null) throw new Refusal("user.not_found");
  const { status } = user.state;
  if (status === "absent" || status === "removed") throw new Refusal("user.not_found");
  if (status === "locked") throw new Refusal("user.locked");
  if (status === "inactive") throw new Refusal("user.not_active");
  if (!signIn.orgActive) throw new Refusal("org.inactive");
};
