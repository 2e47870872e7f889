import { attributes, type Html, html, safeUrl } from "../../html.ts";

/** What every form needs: where it goes, the proof that our page sent it, and the sign-in it belongs to. */
export type FormModel = {
  readonly action: string;
  readonly csrf: string;
  readonly authRequestId?: string | undefined;
  readonly hidden?: Readonly<Record<string, string>> | undefined;
};

/** Names of the fields that every form carries. */
export const formFields = { csrf: "csrf", authRequestId: "authRequestId" } as const;

const hiddenField = (name: string, value: string): Html => html`<input type="hidden" name="${name}" value="${value}">`;

export function form({ action, csrf, authRequestId, hidden = {} }: FormModel, content: Html): Html {
  return html`<form method="post" action="${safeUrl(action)}" novalidate>
    ${hiddenField(formFields.csrf, csrf)}
    ${authRequestId !== undefined && hiddenField(formFields.authRequestId, authRequestId)}
    ${Object.entries(hidden).map(([name, value]) => hiddenField(name, value))}
    ${content}
    </form>`;
}

type Submit = { readonly name: string; readonly value: string };

export const submitButton = (label: string, send?: Submit): Html =>
  html`<button ${attributes({ type: "submit", name: send?.name, value: send?.value })}>${label}</button>`;

export const quietButton = (label: string, send?: Submit): Html =>
  html`<button class="quiet" ${attributes({ type: "submit", name: send?.name, value: send?.value })}>${label}</button>`;

export const linkButton = (label: string | Html, href: string): Html =>
  html`<a class="button" href="${safeUrl(href)}">${label}</a>`;

export const quietLinkButton = (label: string | Html, href: string): Html =>
  html`<a class="button quiet" href="${safeUrl(href)}">${label}</a>`;

/** A link below a form, for the other way on. */
export const asideLink = (label: string, href: string | undefined): Html | null =>
  href === undefined ? null : html`<a class="aside" href="${safeUrl(href)}">${label}</a>`;
