import { type Html, html } from "../html.ts";
import type { Translator } from "../i18n/translator.ts";
import { layout, type PageFrame } from "../layout.ts";
import { type AccountView, accountBox } from "./parts/account.ts";
import { asideLink, type FormModel, form, quietButton, quietLinkButton } from "./parts/form.ts";

/** The form signs out. */
export type SignedInPage = FormModel & {
  readonly frame: PageFrame;
  readonly account: AccountView;
  readonly otherAccountHref?: string | undefined;
  readonly applicationsHref?: string | undefined;
};

export function renderSignedInPage(model: SignedInPage, t: Translator): Html {
  const { frame, account, otherAccountHref, applicationsHref } = model;
  const other = otherAccountHref !== undefined && quietLinkButton(t.text("signedIn.otherAccount"), otherAccountHref);
  const body = html`
    <p class="lead">${t.text("signedIn.text")}</p>
    ${accountBox(account)}
    <div class="actions">${form(model, quietButton(t.text("signedIn.signOut")))}${other}</div>
    ${asideLink(t.text("applications.title"), applicationsHref)}`;
  return layout({ frame, t, title: t.text("signedIn.title"), body });
}
