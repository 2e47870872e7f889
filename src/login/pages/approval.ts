import { type Html, html } from "../html.ts";
import type { Translator } from "../i18n/translator.ts";
import { layout, named, type PageFrame } from "../layout.ts";
import { scopesInWords } from "./consent.ts";
import { type AccountView, accountBox } from "./parts/account.ts";
import { asideLink, type FormModel, form, quietButton, submitButton } from "./parts/form.ts";

export type ApprovalPage = FormModel & {
  readonly frame: PageFrame;
  readonly flow: "device" | "ciba";
  readonly application: string;
  readonly project: string;
  readonly account: AccountView;
  readonly scope: readonly string[];
  readonly bindingMessage: string | null;
  readonly changeHref: string;
};

export const approvalFields = { answer: "answer" } as const;
export const approvalAnswers = { allow: "allow", deny: "deny" } as const;

/**
 * RFC 8628 §5.4, CIBA Core 1.0 §15: whoever sent the link may be a stranger who wants in. So the page names who gets what,
 * says what to compare, and that nobody else can know it.
 */
export function renderApprovalPage(model: ApprovalPage, t: Translator): Html {
  const { frame, flow, bindingMessage } = model;
  const application = named(model.application);
  const scopes = scopesInWords(model.scope, t).map((item) => html`<li>${item}</li>`);
  const buttons = html`
    ${submitButton(t.text("approval.allow"), { name: approvalFields.answer, value: approvalAnswers.allow })}
    ${quietButton(t.text("approval.deny"), { name: approvalFields.answer, value: approvalAnswers.deny })}`;
  const body = html`
    <p class="lead">${t.rich(`approval.${flow}`, { application, project: named(model.project) })}</p>
    ${accountBox(model.account)}
    ${bindingMessage !== null && html`<p>${t.rich("approval.message", { message: named(bindingMessage) })}</p>`}
    <h2>${t.text("consent.gets")}</h2>
    <ul class="plain">${scopes}</ul>
    <p><b>${t.text(`approval.warning.${flow}`)}</b></p>
    ${form(model, html`<div class="actions">${buttons}</div>`)}
    ${asideLink(t.text("account.change"), model.changeHref)}`;
  return layout({ frame, t, title: t.text("approval.title"), body });
}

/** What the person answered, and what happens now. */
export function renderAnsweredPage(
  { frame, answer }: { readonly frame: PageFrame; readonly answer: keyof typeof approvalAnswers },
  t: Translator,
): Html {
  const body = html`<p class="lead">${t.text(`answered.${answer}.text`)}</p>`;
  return layout({ frame, t, title: t.text(`answered.${answer}.title`), body });
}
