import { type Html, html } from "../html.ts";
import type { Translator } from "../i18n/translator.ts";
import { layout, named, type PageFrame } from "../layout.ts";
import { scopesInWords } from "./consent.ts";
import { type AccountView, accountBox } from "./parts/account.ts";
import { type FormModel, form, quietButton, quietLinkButton } from "./parts/form.ts";

/** What one application may do in the name of one account. */
export type AllowedApplication = {
  readonly applicationId: string;
  readonly name: string;
  readonly host: string | null;
  readonly scopes: readonly string[];
  readonly resources: readonly string[];
};

export type ApplicationsPage = FormModel & {
  readonly frame: PageFrame;
  readonly accounts: readonly (AccountView & {
    readonly sessionId: string;
    readonly applications: readonly AllowedApplication[];
  })[];
  readonly homeHref: string;
};

/** The form says which application of which session's user. */
export const withdrawFields = { application: "application", session: "session" } as const;

export function renderApplicationsPage(model: ApplicationsPage, t: Translator): Html {
  const application = (one: AllowedApplication, sessionId: string): Html => html`<li>
    <h3>${named(one.name)}</h3>
    ${one.host !== null && html`<p class="hint">${one.host}</p>`}
    <ul class="plain">${scopesInWords(one.scopes, t).map((item) => html`<li>${item}</li>`)}</ul>
    ${one.resources.map((resource) => html`<p>${t.rich("consent.resource", { resource: named(resource) })}</p>`)}
    ${form(
      { ...model, hidden: { [withdrawFields.session]: sessionId } },
      quietButton(t.text("applications.withdraw", { application: one.name }), {
        name: withdrawFields.application,
        value: one.applicationId,
      }),
    )}
    </li>`;
  const sections = model.accounts.map(
    (account) => html`<section>
      ${accountBox(account)}
      ${
        account.applications.length === 0
          ? html`<p>${t.text("applications.none")}</p>`
          : html`<ul class="allowed">${account.applications.map((one) => application(one, account.sessionId))}</ul>`
      }
      </section>`,
  );
  const body = html`
    <p class="lead">${t.text("applications.lead")}</p>
    ${sections}
    <div class="actions">${quietLinkButton(t.text("applications.back"), model.homeHref)}</div>`;
  return layout({ frame: model.frame, t, title: t.text("applications.title"), body });
}
