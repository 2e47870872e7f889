import { type Html, html } from "../html.ts";
import type { Translator } from "../i18n/translator.ts";
import { layout, named, type PageFrame } from "../layout.ts";
import { linkButton } from "./parts/form.ts";

/** For an authorization request that is expired, finished or unknown: they look the same to a stranger. */
export type RequestExpiredPage = {
  readonly frame: PageFrame;
  /** the start page of `frame.application`, where it has one */
  readonly returnHref?: string | undefined;
};

export function renderRequestExpiredPage(model: RequestExpiredPage, t: Translator): Html {
  const { frame, returnHref } = model;
  const back =
    frame.application !== undefined &&
    returnHref !== undefined &&
    linkButton(
      html`<span>${t.rich("requestExpired.return", { application: named(frame.application) })}</span>`,
      returnHref,
    );
  const body = html`
    <p class="lead">${t.text("requestExpired.text")}</p>
    <p>${t.text("requestExpired.next")}</p>
    ${back && html`<div class="actions">${back}</div>`}`;
  return layout({ frame, t, title: t.text("requestExpired.title"), hasProblem: true, body });
}
