import { type Html, html } from "../html.ts";
import type { Translator } from "../i18n/translator.ts";
import { layout, named, type PageFrame } from "../layout.ts";
import { type AccountView, accountBox } from "./parts/account.ts";
import { type FormModel, form, quietLinkButton, submitButton } from "./parts/form.ts";

/** The confirmation before a sign-out that could have been asked for by anyone (OpenID Connect RP-Initiated Logout §2). */
export type SignOutPage = FormModel & {
  readonly frame: PageFrame;
  readonly account?: AccountView | undefined;
  readonly cancelHref?: string | undefined;
};

export function renderSignOutPage(model: SignOutPage, t: Translator): Html {
  const { frame, account, cancelHref } = model;
  const text =
    frame.application === undefined
      ? t.text("signOut.text")
      : t.rich("signOut.textApplication", { application: named(frame.application) });
  const cancel = cancelHref !== undefined && quietLinkButton(t.text("signOut.cancel"), cancelHref);
  const body = html`
    <p class="lead">${text}</p>
    ${account && accountBox(account)}
    <div class="actions">${form(model, submitButton(t.text("signOut.submit")))}${cancel}</div>`;
  return layout({ frame, t, title: t.text("signOut.title"), body });
}
