import { z } from "zod";
import type { Loaded } from "../../kernel/event.ts";
import type { user } from "../user/user.events.ts";
import type { CheckCase, CheckOutcome } from "./check.ts";
import {
  type ComparedPassword,
  checkPassword,
  comparePassword,
  passwordCheckInput,
  type VerifyPassword,
} from "./check-password.ts";
import { checkUser, userCheckInput } from "./check-user.ts";

/** All checks that a write to a session can ask for. A new kind is a file, and one line in each part of this one. */
export const checksInput = z.object({
  user: userCheckInput.nullable().default(null),
  password: passwordCheckInput.nullable().default(null),
});

export type ChecksInput = z.output<typeof checksInput>;

export type CheckSources = { readonly verifyPassword: VerifyPassword };

export type CheckFacts = { readonly password: ComparedPassword | null };

/** What only the outside knows, for the checks asked for. */
export const gatherChecks = async (
  from: CheckSources,
  input: ChecksInput,
  subject: Loaded<typeof user> | null,
): Promise<CheckFacts> => ({
  password: input.password && (await comparePassword(from.verifyPassword, subject, input.password.password)),
});

/**
 * Decides all checks asked for. They stand or fall together: after a failed one nothing is recorded but what makes it
 * count. The password goes first, so that naming a user with a wrong password tells nothing about the user.
 */
export const decideChecks = (at: CheckCase, input: ChecksInput, facts: CheckFacts): CheckOutcome => {
  const namedNow = input.user !== null;
  const password = facts.password === null ? nothing : checkPassword(at, facts.password, { namedNow });
  if (password.is === "wrong") return password;
  const named = input.user === null ? nothing : checkUser(at);
  if (named.is === "wrong") return named;
  return { is: "passed", events: [...named.events, ...password.events] };
};

const nothing: CheckOutcome = { is: "passed", events: [] };
