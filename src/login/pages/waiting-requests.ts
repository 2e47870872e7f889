import { type Html, html } from "../html.ts";
import type { Translator } from "../i18n/translator.ts";
import { layout, named, type PageFrame } from "../layout.ts";
import { type FormModel, form, submitButton } from "./parts/form.ts";

export type WaitingRequest = {
  readonly id: string;
  readonly application: string;
  readonly bindingMessage: string | null;
};

export type WaitingRequestsPage = FormModel & {
  readonly frame: PageFrame;
  readonly requests: readonly WaitingRequest[];
};

export const waitingRequestFields = { request: "request" } as const;

/** What applications ask of the people who are signed in in this browser; each is looked at before it is answered. */
export function renderWaitingRequestsPage(model: WaitingRequestsPage, t: Translator): Html {
  const { frame, requests } = model;
  const items = requests.map(
    ({ id, application, bindingMessage }) => html`<li>
      <p>${named(application)}${bindingMessage !== null && html`: ${named(bindingMessage)}`}</p>
      ${submitButton(t.text("requests.look"), { name: waitingRequestFields.request, value: id })}
      </li>`,
  );
  const body =
    requests.length === 0
      ? html`<p class="lead">${t.text("requests.none")}</p>`
      : html`<p class="lead">${t.text("requests.text")}</p>${form(model, html`<ul>${items}</ul>`)}`;
  return layout({ frame, t, title: t.text("requests.title"), body });
}
