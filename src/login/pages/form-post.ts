import { type Html, html, safeUrl, scriptFile } from "../html.ts";
import type { Translator } from "../i18n/translator.ts";
import { layout, type PageFrame } from "../layout.ts";
import { submitForm } from "../scripts.ts";
import { submitButton } from "./parts/form.ts";

export type FormPostPage = {
  readonly frame: PageFrame;
  /** the redirect URI of the application, http or https */
  readonly action: string;
  readonly fields: readonly (readonly [string, string])[];
};

/** OAuth 2.0 Form Post Response Mode §2: posts the answer to the application; without script the button does. */
export function renderFormPostPage({ frame, action, fields }: FormPostPage, t: Translator): Html {
  const hidden = fields.map(([name, value]) => html`<input type="hidden" name="${name}" value="${value}">`);
  const body = html`
    <p class="lead">${t.text("formPost.text")}</p>
    <form method="post" action="${safeUrl(action)}" data-submit>
    ${hidden}
    <div class="actions">${submitButton(t.text("formPost.goOn"))}</div>
    </form>`;
  return layout({ frame, t, title: t.text("formPost.title"), body, script: scriptFile(submitForm) });
}
