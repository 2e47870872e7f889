import { type Html, html, safeUrl } from "../html.ts";
import type { Translator } from "../i18n/translator.ts";
import { layout, type PageFrame } from "../layout.ts";
import { linkButton } from "./parts/form.ts";

export type StartPage = {
  readonly frame: PageFrame;
  readonly discoveryHref: string;
  readonly documentationHref: string;
  readonly signInHref?: string | undefined;
  /** true until the first administrator exists */
  readonly needsAdministrator: boolean;
};

export function renderStartPage(model: StartPage, t: Translator): Html {
  const setup = html`
    <p>${t.text("start.setup")} ${t.text("firstAdministratorLink.command")}</p>
    <code class="command" dir="ltr">npx munot admin link</code>`;
  const signIn = model.signInHref !== undefined && linkButton(t.text("start.account"), model.signInHref);
  const body = html`
    <p class="lead">${t.text("start.text")}</p>
    ${model.needsAdministrator ? setup : signIn && html`<div class="actions">${signIn}</div>`}
    <ul class="links">
    <li><a href="${safeUrl(model.documentationHref)}">${t.text("start.documentation")}</a></li>
    <li><a href="${safeUrl(model.discoveryHref)}">${t.text("start.discovery")}</a></li>
    </ul>`;
  return layout({ frame: model.frame, t, title: t.text("start.title"), body });
}
