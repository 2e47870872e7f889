import { Refusal } from "../../kernel/refusal.ts";
import type { PasswordComplexityPolicy } from "../settings/policies.events.ts";

/** What a password lacks, as rules in words; empty when it satisfies the policy. Letters and digits are Unicode's. */
export const passwordProblems = (policy: PasswordComplexityPolicy, password: string): readonly string[] => {
  const rules: readonly (readonly [violated: boolean, problem: string])[] = [
    [[...password].length < policy.minLength, `must be at least ${policy.minLength} characters long`],
    [policy.requiresUppercase && !/\p{Lu}/u.test(password), "must contain an upper case letter"],
    [policy.requiresLowercase && !/\p{Ll}/u.test(password), "must contain a lower case letter"],
    [policy.requiresNumber && !/\p{Nd}/u.test(password), "must contain a number"],
    [policy.requiresSymbol && !/[^\p{L}\p{N}]/u.test(password), "must contain a symbol"],
  ];
  return rules.filter(([violated]) => violated).map(([, problem]) => problem);
};

/** Refuses with `user.password_too_weak`, naming every rule that the password breaks. */
export const checkPasswordComplexity = (policy: PasswordComplexityPolicy, password: string): void => {
  const problems = passwordProblems(policy, password);
  if (problems.length === 0) return;
  throw new Refusal("user.password_too_weak", { fields: problems.map((problem) => ({ path: "password", problem })) });
};
