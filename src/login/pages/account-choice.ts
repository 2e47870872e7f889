import { attributes, type Html, html } from "../html.ts";
import type { Translator } from "../i18n/translator.ts";
import { crossIcon } from "../icons.ts";
import { continueTo, layout, type PageFrame } from "../layout.ts";
import { type AccountView, accountRow } from "./parts/account.ts";
import { type FormModel, form, quietButton } from "./parts/form.ts";

export type ChoosableAccount = AccountView & {
  /** what the form sends back for this account: the id of its session */
  readonly id: string;
  readonly isSignedIn: boolean;
};

export type AccountChoicePage = FormModel & {
  readonly frame: PageFrame;
  readonly accounts: readonly ChoosableAccount[];
};

/** The form sends exactly one of these: the pressed button's. */
export const accountChoiceFields = { choose: "choose", remove: "remove", other: "other" } as const;

function accountItem(account: ChoosableAccount, t: Translator): Html {
  const state = account.isSignedIn
    ? html`<small class="in">${t.text("account.signedIn")}</small>`
    : html`<small>${t.text("account.signedOut")}</small>`;
  const remove = t.text("accountChoice.remove", { account: account.loginName });
  return html`<li>
    <button class="account" ${attributes({ name: accountChoiceFields.choose, value: account.id })}>${accountRow(account, state)}</button>
    <button class="remove" title="${remove}" aria-label="${remove}" ${attributes({ name: accountChoiceFields.remove, value: account.id })}>${crossIcon}</button>
    </li>`;
}

export function renderAccountChoicePage(model: AccountChoicePage, t: Translator): Html {
  const { frame, accounts } = model;
  const content = html`
    <ul class="accounts" aria-label="${t.text("accountChoice.list")}">${accounts.map((account) => accountItem(account, t))}</ul>
    ${quietButton(t.text("accountChoice.other"), { name: accountChoiceFields.other, value: "1" })}`;
  const body = html`
    ${continueTo(frame, t)}
    ${form(model, content)}`;
  return layout({ frame, t, title: t.text("accountChoice.title"), body });
}
