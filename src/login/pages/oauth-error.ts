import { type Html, html } from "../html.ts";
import type { PlainKey } from "../i18n/message.ts";
import type { Translator } from "../i18n/translator.ts";
import { chevronIcon } from "../icons.ts";
import { layout, type PageFrame } from "../layout.ts";

const explanations = {
  clientUnknown: "oauthError.clientUnknown",
  redirectUri: "oauthError.redirectUri",
  request: "oauthError.request",
  signOut: "oauthError.signOut",
} as const satisfies Record<string, PlainKey>;

/** For errors that must not be sent to the redirect URI (RFC 6749 §4.1.2.1), because it is not trusted. */
export type OAuthErrorPage = {
  readonly frame: PageFrame;
  readonly reason: keyof typeof explanations;
  /** the error code of the specification, and the public description that a client would get */
  readonly error: string;
  readonly description?: string | undefined;
  /** finds the request in the log */
  readonly reference?: string | undefined;
};

export function renderOAuthErrorPage(model: OAuthErrorPage, t: Translator): Html {
  const row = (key: PlainKey, value: string | undefined): Html | null =>
    value === undefined ? null : html`<dt>${t.text(key)}</dt><dd dir="auto">${value}</dd>`;
  const body = html`
    <p>${t.text(explanations[model.reason])}</p>
    <p>${t.text("oauthError.next")}</p>
    <details open>
    <summary>${chevronIcon}${t.text("oauthError.details")}</summary>
    <dl>
    ${row("oauthError.code", model.error)}
    ${row("oauthError.description", model.description)}
    ${row("oauthError.reference", model.reference)}
    </dl>
    </details>`;
  return layout({ frame: model.frame, t, title: t.text("oauthError.title"), hasProblem: true, isWide: true, body });
}
