import { Refusal } from "../../kernel/refusal.ts";
import type { PasswordComplexityPolicy } from "../settings/policies.events.ts";

/** What each rule of the policy demands, in words. */
const demands = {
  minLength: ({ minLength }) => `must be at least ${minLength} characters long`,
  hasUppercase: () => "must contain an upper case letter",
  hasLowercase: () => "must contain a lower case letter",
  hasNumber: () => "must contain a number",
  hasSymbol: () => "must contain a symbol",
} as const satisfies Record<string, (policy: PasswordComplexityPolicy) => string>;

export type PasswordRuleName = keyof typeof demands;

/** The rules that a password breaks; empty when it satisfies the policy. Letters and digits are Unicode's. */
export const brokenPasswordRules = (
  policy: PasswordComplexityPolicy,
  password: string,
): readonly PasswordRuleName[] => {
  const rules: readonly (readonly [rule: PasswordRuleName, broken: boolean])[] = [
    ["minLength", [...password].length < policy.minLength],
    ["hasUppercase", policy.requiresUppercase && !/\p{Lu}/u.test(password)],
    ["hasLowercase", policy.requiresLowercase && !/\p{Ll}/u.test(password)],
    ["hasNumber", policy.requiresNumber && !/\p{Nd}/u.test(password)],
    ["hasSymbol", policy.requiresSymbol && !/[^\p{L}\p{N}]/u.test(password)],
  ];
  return rules.filter(([, broken]) => broken).map(([rule]) => rule);
};

/** Refuses with `user.password_too_weak`, naming every rule that the password breaks. */
export const checkPasswordComplexity = (policy: PasswordComplexityPolicy, password: string): void => {
  const broken = brokenPasswordRules(policy, password);
  if (broken.length === 0) return;
  throw new Refusal("user.password_too_weak", {
    fields: broken.map((rule) => ({ path: "password", problem: demands[rule](policy) })),
  });
};
