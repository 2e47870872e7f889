import { type Html, html } from "../../html.ts";
import type { PlainKey } from "../../i18n/message.ts";
import type { Translator } from "../../i18n/translator.ts";

/** What a password must have, in the words of the password complexity settings. */
export type PasswordRules = {
  readonly minLength: number;
  readonly hasUppercase: boolean;
  readonly hasLowercase: boolean;
  readonly hasNumber: boolean;
  readonly hasSymbol: boolean;
};

export type PasswordRule = keyof PasswordRules;

const ruleTexts = {
  hasUppercase: "rules.hasUppercase",
  hasLowercase: "rules.hasLowercase",
  hasNumber: "rules.hasNumber",
  hasSymbol: "rules.hasSymbol",
} as const satisfies Record<Exclude<PasswordRule, "minLength">, PlainKey>;

const switches = ["hasUppercase", "hasLowercase", "hasNumber", "hasSymbol"] as const;

export const passwordRulesId = "password-rules";

/** The rules as a list that describes the password field; those the last try missed are marked in words, too. */
export function passwordRules(rules: PasswordRules, unmet: readonly PasswordRule[], t: Translator): Html {
  const asked = [
    { rule: "minLength" as const, text: t.text("rules.minLength", { count: rules.minLength }) },
    ...switches.filter((rule) => rules[rule]).map((rule) => ({ rule, text: t.text(ruleTexts[rule]) })),
  ];
  const items = asked.map(({ rule, text }) =>
    unmet.includes(rule) ? html`<li class="unmet">${text} ${t.text("rules.unmet")}</li>` : html`<li>${text}</li>`,
  );
  return html`<div class="rules" id="${passwordRulesId}"><p>${t.text("rules.title")}</p><ul>${items}</ul></div>`;
}
