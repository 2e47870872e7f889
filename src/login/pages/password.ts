import { unreachable } from "../../kernel/unreachable.ts";
import { type Html, html } from "../html.ts";
import type { Translator } from "../i18n/translator.ts";
import { continueTo, layout, type PageFrame } from "../layout.ts";
import { type AccountState, accountStateText } from "./account-state.ts";
import { type AccountView, accountBox } from "./parts/account.ts";
import { field } from "./parts/field.ts";
import { asideLink, type FormModel, form, quietLinkButton, submitButton } from "./parts/form.ts";
import { problemAlert, problemId } from "./parts/problem.ts";

export type PasswordProblem =
  | { readonly is: "required" }
  /** `attemptsLeft` only where the lockout policy says that people may know it */
  | { readonly is: "wrong"; readonly attemptsLeft?: number | undefined }
  /** with these two there is nothing to type: the form is left out */
  | Exclude<AccountState, { readonly is: "unauthorized" }>;

export type PasswordPage = FormModel & {
  readonly frame: PageFrame;
  readonly account: AccountView;
  readonly problem?: PasswordProblem | undefined;
  /** where another account can be chosen */
  readonly changeHref?: string | undefined;
};

export const passwordFields = { loginName: "loginName", password: "password" } as const;

function problemText(problem: PasswordProblem, t: Translator): string {
  switch (problem.is) {
    case "required":
      return t.text("password.required");
    case "wrong":
      return problem.attemptsLeft === undefined
        ? t.text("password.wrong")
        : t.text("password.wrongLeft", { count: problem.attemptsLeft });
    case "locked":
    case "inactive":
      return accountStateText(problem, t);
    default:
      return unreachable(problem);
  }
}

export function renderPasswordPage(model: PasswordPage, t: Translator): Html {
  const { frame, account, problem, changeHref } = model;
  const isClosed = problem?.is === "locked" || problem?.is === "inactive";
  // Password managers read the account from this field; the server knows it from the sign-in.
  const content = html`
    <input type="text" name="${passwordFields.loginName}" value="${account.loginName}" autocomplete="username" readonly hidden>
    ${field({
      name: passwordFields.password,
      type: "password",
      label: t.text("password.label"),
      autocomplete: "current-password",
      isInvalid: problem !== undefined,
      describedBy: problem && [problemId],
      hasFocus: true,
    })}
    ${submitButton(t.text("password.submit"))}`;
  const change = t.text("account.change");
  const open = html`${form(model, content)}${asideLink(change, changeHref)}`;
  const closed = changeHref !== undefined && html`<div class="actions">${quietLinkButton(change, changeHref)}</div>`;
  const body = html`
    ${continueTo(frame, t)}
    ${accountBox(account)}
    ${problem && problemAlert(problemText(problem, t))}
    ${isClosed ? closed : open}`;
  return layout({ frame, t, title: t.text("password.title"), hasProblem: problem !== undefined, body });
}
