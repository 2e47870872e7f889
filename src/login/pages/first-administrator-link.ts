import { type Html, html } from "../html.ts";
import type { PlainKey } from "../i18n/message.ts";
import type { Translator } from "../i18n/translator.ts";
import { layout, type PageFrame } from "../layout.ts";
import { asideLink } from "./parts/form.ts";

const reasons = {
  expired: { title: "firstAdministratorLink.expired", text: "firstAdministratorLink.expiredText" },
  used: { title: "firstAdministratorLink.used", text: "firstAdministratorLink.usedText" },
  unknown: { title: "firstAdministratorLink.unknown", text: "firstAdministratorLink.unknownText" },
} as const satisfies Record<string, { title: PlainKey; text: PlainKey }>;

export type FirstAdministratorLinkPage = {
  readonly frame: PageFrame;
  /** why the link does not open the form */
  readonly reason: keyof typeof reasons;
  readonly signInHref?: string | undefined;
};

export function renderFirstAdministratorLinkPage(model: FirstAdministratorLinkPage, t: Translator): Html {
  const { title, text } = reasons[model.reason];
  const body = html`
    <p>${t.text(text)}</p>
    <p>${t.text("firstAdministratorLink.command")}</p>
    <code class="command" dir="ltr">npx munot admin link</code>
    ${asideLink(t.text("firstAdministratorLink.signIn"), model.signInHref)}`;
  return layout({ frame: model.frame, t, title: t.text(title), hasProblem: true, isWide: true, body });
}
