import { type Html, html } from "../html.ts";
import type { Translator } from "../i18n/translator.ts";
import { layout, named, type PageFrame } from "../layout.ts";
import { linkButton, quietLinkButton } from "./parts/form.ts";

export type SignedOutPage = {
  readonly frame: PageFrame;
  /** back to `frame.application`; only to an address that is registered for it */
  readonly returnHref?: string | undefined;
  readonly signInHref?: string | undefined;
};

export function renderSignedOutPage(model: SignedOutPage, t: Translator): Html {
  const { frame, returnHref, signInHref } = model;
  const back =
    frame.application !== undefined &&
    returnHref !== undefined &&
    linkButton(html`<span>${t.rich("signedOut.return", { application: named(frame.application) })}</span>`, returnHref);
  const again = signInHref !== undefined && quietLinkButton(t.text("signedOut.signIn"), signInHref);
  const body = html`
    <p class="lead">${t.text("signedOut.text")}</p>
    <div class="actions">${back}${again}</div>`;
  return layout({ frame, t, title: t.text("signedOut.title"), body });
}
