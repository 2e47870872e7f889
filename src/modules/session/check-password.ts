import { z } from "zod";
import type { Loaded } from "../../kernel/event.ts";
import { limits } from "../../kernel/limits.ts";
import { Refusal } from "../../kernel/refusal.ts";
import { text } from "../../kernel/text.ts";
import { decidePasswordCheck, type PasswordCheck } from "../user/password-check.events.ts";
import type { user } from "../user/user.events.ts";
import { type CheckCase, type CheckOutcome, mustBeAbleToSignIn } from "./check.ts";

export const passwordCheckInput = z.object({ password: text(limits.passwordChars) });

/** Compares a password with a stored hash; without a hash at the same cost, and never equal. */
export type VerifyPassword = (hash: string | null, password: string) => Promise<PasswordCheck>;

/** A password that was compared, before the decision, with the hash that was stored at that moment. */
export type ComparedPassword = PasswordCheck & { readonly against: string | null };

/** The slow part of the check, done before the decision; a user whom nobody knows costs as much as one with a password. */
export const comparePassword = async (
  verifyPassword: VerifyPassword,
  subject: Loaded<typeof user> | null,
  password: string,
): Promise<ComparedPassword> => {
  const against = subject?.state.passwordHash ?? null;
  return { against, ...(await verifyPassword(against, password)) };
};

/**
 * Checks the user's password and counts a wrong one. With `namedNow` the request names the user as well: then, if the
 * policy says so, an unknown login name gets the answer of a wrong password, and so do, on our own sign-in pages, users
 * who may not sign in. Clients of the API hold `session.write` on the whole instance and are told the reason.
 */
export const checkPassword = (
  at: CheckCase,
  compared: ComparedPassword,
  { namedNow }: { readonly namedNow: boolean },
): CheckOutcome => {
  const { session, user, signIn, ctx } = at;
  const concealed = namedNow && signIn.policies.login.ignoreUnknownUsernames;
  const isPublic = concealed && ctx.actor.kind === "system";
  const countOf = (failedAttempts: number) => (isPublic ? null : failedAttempts);
  if (user === null && concealed) return { is: "wrong", events: [], failedAttempts: countOf(1) };
  if (user === null) throw new Refusal(namedNow ? "user.not_found" : "session.user_missing");
  try {
    if (!signIn.policies.login.allowUsernamePassword) throw new Refusal("session.password_not_allowed");
    mustBeAbleToSignIn(at);
    const { state } = user;
    if (state.type !== "human") throw new Refusal("user.not_human");
    if (state.passwordHash === null) throw new Refusal("user.password_not_set");
    // The password has been replaced meanwhile: what was compared says nothing about the new one.
    if (state.passwordHash !== compared.against) throw new Refusal("request.contended");
    const events = decidePasswordCheck(user, compared, signIn.policies.lockout);
    if (!compared.ok) return { is: "wrong", events, failedAttempts: countOf(state.passwordFailures + 1) };
    const checked = session.record("session.password.checked", { checkedAt: ctx.now });
    return { is: "passed", events: [...events, checked] };
  } catch (error) {
    if (isPublic && tellsAboutUser(error)) return { is: "wrong", events: [], failedAttempts: null };
    throw error;
  }
};

const tellsAboutUser = (error: unknown): boolean =>
  error instanceof Refusal && (error.code.startsWith("user.") || error.code === "org.inactive");
