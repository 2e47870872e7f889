import { type Html, html } from "../html.ts";
import type { PlainKey } from "../i18n/message.ts";
import type { Translator } from "../i18n/translator.ts";
import { layout, type PageFrame } from "../layout.ts";
import { type AccountView, accountBox } from "./parts/account.ts";
import { field } from "./parts/field.ts";
import { type FormModel, form, submitButton } from "./parts/form.ts";
import { type PasswordRule, type PasswordRules, passwordRules, passwordRulesId } from "./parts/password-rules.ts";
import { problemSummary } from "./parts/problem.ts";

const problems = {
  newPassword: {
    required: "newPassword.required",
    rules: "newPassword.rules",
    unchanged: "newPassword.unchanged",
    tooLong: "newPassword.tooLong",
  },
  repeat: {
    required: "newPassword.repeatRequired",
    mismatch: "newPassword.mismatch",
  },
} as const satisfies Record<string, Record<string, PlainKey>>;

const reasons = {
  forced: "newPassword.forced",
  expired: "newPassword.expired",
} as const satisfies Record<string, PlainKey>;

export type NewPasswordPage = FormModel & {
  readonly frame: PageFrame;
  readonly account: AccountView;
  readonly reason: keyof typeof reasons;
  readonly rules: PasswordRules;
  /** the rules that the last try missed */
  readonly unmetRules?: readonly PasswordRule[] | undefined;
  readonly problems?:
    | {
        readonly newPassword?: keyof typeof problems.newPassword | undefined;
        readonly repeat?: keyof typeof problems.repeat | undefined;
      }
    | undefined;
};

export const newPasswordFields = { loginName: "loginName", newPassword: "newPassword", repeat: "repeat" } as const;

export function renderNewPasswordPage(model: NewPasswordPage, t: Translator): Html {
  const { frame, account, problems: found = {} } = model;
  const passwordError = found.newPassword && t.text(problems.newPassword[found.newPassword]);
  const repeatError = found.repeat && t.text(problems.repeat[found.repeat]);
  const errors = [
    { name: newPasswordFields.newPassword, error: passwordError ?? "" },
    { name: newPasswordFields.repeat, error: repeatError ?? "" },
  ].filter(({ error }) => error !== "");
  // Password managers read the account from the first field.
  const content = html`
    <input type="text" name="${newPasswordFields.loginName}" value="${account.loginName}" autocomplete="username" readonly hidden>
    ${field({
      name: newPasswordFields.newPassword,
      type: "password",
      label: t.text("newPassword.label"),
      autocomplete: "new-password",
      error: passwordError,
      describedBy: [passwordRulesId],
      hasFocus: passwordError !== undefined || repeatError === undefined,
    })}
    ${passwordRules(model.rules, model.unmetRules ?? [], t)}
    ${field({
      name: newPasswordFields.repeat,
      type: "password",
      label: t.text("newPassword.repeat"),
      autocomplete: "new-password",
      error: repeatError,
      hasFocus: passwordError === undefined && repeatError !== undefined,
    })}
    ${submitButton(t.text("newPassword.submit"))}`;
  const body = html`
    <p class="lead">${t.text(reasons[model.reason])}</p>
    ${accountBox(account)}
    ${problemSummary(errors, t)}
    ${form(model, content)}`;
  return layout({ frame, t, title: t.text("newPassword.title"), hasProblem: errors.length > 0, body });
}
