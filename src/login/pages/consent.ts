import { type Html, html, safeUrl } from "../html.ts";
import type { PlainKey } from "../i18n/message.ts";
import type { Translator } from "../i18n/translator.ts";
import { layout, named, type PageFrame } from "../layout.ts";
import { type AccountView, accountBox } from "./parts/account.ts";
import { type FormModel, form, quietButton, submitButton } from "./parts/form.ts";

/** What an application asks for, and what is known of who it is. */
export type ConsentPage = FormModel & {
  readonly frame: PageFrame;
  readonly application: string;
  readonly account: AccountView;
  /** of an application that nobody of the organization set up: the verified host; `null`: there is none */
  readonly stranger?: { readonly host: string | null } | undefined;
  /** where the person is sent afterwards */
  readonly returnHost?: string | undefined;
  readonly scopes: readonly string[];
  readonly claims: readonly string[];
  readonly resources: readonly string[];
  /** RFC 9396: what each says, in its own words */
  readonly authorizations: readonly { readonly type: string; readonly text: string }[];
  readonly policyUri?: string | undefined;
  readonly tosUri?: string | undefined;
};

/** The form sends exactly one of these values: the pressed button's. */
export const consentField = { name: "decision", allow: "allow", deny: "deny" } as const;

/** What scopes mean in plain words; those that are not here are shown as they are. */
const meanings: Readonly<Record<string, PlainKey>> = {
  openid: "consent.openid",
  profile: "consent.profile",
  email: "consent.email",
  phone: "consent.phone",
  address: "consent.address",
  offline_access: "consent.offline",
  roles: "consent.roles",
  "urn:zitadel:iam:org:project:roles": "consent.roles",
  "urn:zitadel:iam:org:projects:roles": "consent.roles",
  "urn:zitadel:iam:user:metadata": "consent.metadata",
  "urn:zitadel:iam:user:resourceowner": "consent.organization",
  "urn:zitadel:iam:org:project:id:zitadel:aud": "consent.api",
};

/** The sentences in the order of the scopes, each once; what has no sentence stands in code. */
export const scopesInWords = (scopes: readonly string[], t: Translator): readonly Html[] => {
  const known = new Set(scopes.flatMap((scope) => meanings[scope] ?? []));
  const others = scopes.filter((scope) => meanings[scope] === undefined);
  return [
    ...[...known].map((key) => html`${t.text(key)}`),
    ...others.map((scope) => html`${t.rich("consent.scope", { scope: html`<code>${scope}</code>` })}`),
  ];
};

const whoAsks = ({ stranger }: ConsentPage, t: Translator): Html | null => {
  if (stranger === undefined) return null;
  const text =
    stranger.host === null ? t.text("consent.unverified") : t.rich("consent.verified", { host: named(stranger.host) });
  return html`<p class="note">${text}</p>`;
};

export function renderConsentPage(model: ConsentPage, t: Translator): Html {
  const { frame, application, account, scopes, claims, resources, authorizations, returnHost } = model;
  const items = [
    ...scopesInWords(scopes, t),
    ...claims.map((claim) => html`${t.rich("consent.claim", { claim: html`<code>${claim}</code>` })}`),
    ...authorizations.map(
      ({ type, text }) =>
        html`${t.rich("consent.authorization", { type: html`<code>${type}</code>` })} <code class="command">${text}</code>`,
    ),
  ];
  const links = [
    model.policyUri === undefined
      ? null
      : html`<li><a href="${safeUrl(model.policyUri)}" rel="noreferrer">${t.text("consent.policy")}</a></li>`,
    model.tosUri === undefined
      ? null
      : html`<li><a href="${safeUrl(model.tosUri)}" rel="noreferrer">${t.text("consent.terms")}</a></li>`,
  ];
  const body = html`
    <p class="lead">${t.rich("consent.lead", { application: named(application) })}</p>
    ${whoAsks(model, t)}
    ${accountBox(account)}
    <h2>${t.text("consent.gets")}</h2>
    <ul class="plain">${items.map((item) => html`<li>${item}</li>`)}</ul>
    ${resources.map((resource) => html`<p>${t.rich("consent.resource", { resource: named(resource) })}</p>`)}
    ${returnHost !== undefined && html`<p class="hint">${t.rich("consent.return", { host: named(returnHost) })}</p>`}
    <ul class="links">${links}</ul>
    ${form(
      model,
      html`<div class="actions">
      ${submitButton(t.text("consent.allow"), { name: consentField.name, value: consentField.allow })}
      ${quietButton(t.text("consent.deny"), { name: consentField.name, value: consentField.deny })}
      </div>`,
    )}`;
  return layout({ frame, t, title: t.text("consent.title"), body });
}
