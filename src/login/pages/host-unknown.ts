import { type Html, html } from "../html.ts";
import type { Translator } from "../i18n/translator.ts";
import { layout, type PageFrame } from "../layout.ts";

export type HostUnknownPage = {
  readonly frame: PageFrame;
  /** the Host header, as it came */
  readonly host: string;
  readonly scheme: "http" | "https";
};

/** A host that can be pasted into a shell: the header is a stranger's, and an operator copies the command. */
const plainHost = /^(?:[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?|\[[0-9a-f:.]{2,45}\])(?::\d{1,5})?$/i;

export function renderHostUnknownPage(model: HostUnknownPage, t: Translator): Html {
  const { frame, host, scheme } = model;
  const shownHost = host.length > 260 ? `${host.slice(0, 260)}…` : host;
  const named = plainHost.test(host) ? host.toLowerCase() : t.text("hostUnknown.operatorPlaceholder");
  const code = (value: string): Html => html`<code dir="ltr">${value}</code>`;
  const body = html`
    <p>${t.rich("hostUnknown.text", { host: code(shownHost) })}</p>
    <h2>${t.text("hostUnknown.visitor")}</h2>
    <p>${t.text("hostUnknown.visitorText")}</p>
    <h2>${t.text("hostUnknown.operator")}</h2>
    <p>${t.rich("hostUnknown.operatorText", { setting: code("MUNOT_EXTERNAL_URL") })}</p>
    <code class="command" dir="ltr">MUNOT_EXTERNAL_URL=${scheme}://${named} npm start</code>
    <p class="lead">${t.rich("hostUnknown.doctor", { command: code("munot doctor") })}</p>`;
  return layout({ frame, t, title: t.text("hostUnknown.title"), hasProblem: true, isWide: true, body });
}
