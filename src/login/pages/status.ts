import { type Html, html } from "../html.ts";
import type { Translator } from "../i18n/translator.ts";
import { layout, named, type PageFrame } from "../layout.ts";
import { quietLinkButton } from "./parts/form.ts";

export type NotFoundPage = { readonly frame: PageFrame; readonly homeHref: string };

export function renderNotFoundPage({ frame, homeHref }: NotFoundPage, t: Translator): Html {
  const body = html`
    <p>${t.text("notFound.text")}</p>
    <div class="actions">${quietLinkButton(t.text("notFound.home"), homeHref)}</div>`;
  return layout({ frame, t, title: t.text("notFound.title"), hasProblem: true, body });
}

export type TooManyRequestsPage = {
  readonly frame: PageFrame;
  /** as in the Retry-After header */
  readonly waitSeconds?: number | undefined;
};

export function renderTooManyRequestsPage({ frame, waitSeconds }: TooManyRequestsPage, t: Translator): Html {
  const text =
    waitSeconds === undefined ? t.text("tooManyRequests.text") : t.text("tooManyRequests.wait", { count: waitSeconds });
  const body = html`<p>${text}</p>`;
  return layout({ frame, t, title: t.text("tooManyRequests.title"), hasProblem: true, body });
}

export type ServerErrorPage = {
  readonly frame: PageFrame;
  /** finds the failure in the log */
  readonly reference?: string | undefined;
  /** the same page again; only for requests that are safe to repeat */
  readonly retryHref?: string | undefined;
};

export function renderServerErrorPage({ frame, reference, retryHref }: ServerErrorPage, t: Translator): Html {
  const retry = retryHref !== undefined && quietLinkButton(t.text("serverError.retry"), retryHref);
  const body = html`
    <p>${t.text("serverError.text")}</p>
    ${reference !== undefined && html`<p>${t.rich("serverError.reference", { reference: named(reference) })}</p>`}
    ${retry && html`<div class="actions">${retry}</div>`}`;
  return layout({ frame, t, title: t.text("serverError.title"), hasProblem: true, body });
}
