import { type Html, html, safeUrl } from "../../html.ts";
import type { Translator } from "../../i18n/translator.ts";
import { alertIcon } from "../../icons.ts";

/** The id of the alert, for `aria-describedby` of the field it speaks about. */
export const problemId = "problem";

/** One mistake, said above the form. */
export const problemAlert = (text: string | Html): Html =>
  html`<div class="alert" role="alert" id="${problemId}">${alertIcon}<p>${text}</p></div>`;

type FieldError = { readonly name: string; readonly error: string };

/** Several entries to correct: each error is a link to its field. */
export function problemSummary(errors: readonly FieldError[], t: Translator): Html | null {
  if (errors.length === 0) return null;
  const items = errors.map(({ name, error }) => html`<li><a href="${safeUrl(`#${name}`)}">${error}</a></li>`);
  return html`<div class="alert" role="alert" id="${problemId}">${alertIcon}<div>
    <p><b>${t.text("problem.many", { count: errors.length })}</b></p>
    <ul>${items}</ul>
    </div></div>`;
}
