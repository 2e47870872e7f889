import { type Html, html } from "../html.ts";
import type { PlainKey } from "../i18n/message.ts";
import type { Translator } from "../i18n/translator.ts";
import { layout, type PageFrame } from "../layout.ts";
import { type AccountView, accountBox } from "./parts/account.ts";
import { quietLinkButton } from "./parts/form.ts";
import { problemAlert } from "./parts/problem.ts";

/** Why an account cannot sign in, whatever the password. */
export type AccountState =
  | { readonly is: "locked"; readonly minutesLeft?: number | undefined }
  | { readonly is: "inactive" }
  /** it may sign in, but not to this application */
  | { readonly is: "unauthorized" };

export type AccountStatePage = {
  readonly frame: PageFrame;
  readonly state: AccountState;
  readonly account?: AccountView | undefined;
  readonly changeHref?: string | undefined;
};

const titles = {
  locked: "accountState.lockedTitle",
  inactive: "accountState.inactiveTitle",
  unauthorized: "accountState.unauthorizedTitle",
} as const satisfies Record<AccountState["is"], PlainKey>;

export function accountStateText(state: AccountState, t: Translator): string {
  if (state.is === "inactive") return t.text("accountState.inactive");
  if (state.is === "unauthorized") return t.text("accountState.unauthorized");
  return state.minutesLeft === undefined
    ? t.text("accountState.locked")
    : t.text("accountState.lockedUntil", { count: state.minutesLeft });
}

export function renderAccountStatePage(model: AccountStatePage, t: Translator): Html {
  const { frame, state, account, changeHref } = model;
  const title = t.text(titles[state.is]);
  const other =
    changeHref !== undefined &&
    html`<div class="actions">${quietLinkButton(t.text("accountState.other"), changeHref)}</div>`;
  const body = html`
    ${account && accountBox(account)}
    ${problemAlert(accountStateText(state, t))}
    ${other}`;
  return layout({ frame, t, title, hasProblem: true, body });
}
