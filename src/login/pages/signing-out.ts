import { attributes, type Html, html, safeUrl, scriptFile } from "../html.ts";
import type { Translator } from "../i18n/translator.ts";
import { layout, type PageFrame } from "../layout.ts";
import { goOnAfterFrames } from "../scripts.ts";

export type SigningOutPage = {
  readonly frame: PageFrame;
  /** addresses of applications that forget the person when they are opened */
  readonly frames: readonly string[];
  /** where the browser goes when they have been */
  readonly goOnHref: string;
};

/**
 * The page that tells applications through the browser (OpenID Connect Front-Channel Logout 1.0 §2). Each runs by itself:
 * it may use its cookies, and may not take the whole window elsewhere. Without script the link goes on.
 */
export function renderSigningOutPage({ frame, frames, goOnHref }: SigningOutPage, t: Translator): Html {
  const sandbox = "allow-scripts allow-same-origin allow-forms allow-storage-access-by-user-activation";
  const opened = frames.map(
    (src) =>
      html`<iframe ${attributes({ title: t.text("signingOut.frame"), sandbox, tabindex: -1 })} src="${safeUrl(src)}"></iframe>`,
  );
  const body = html`
    <p class="lead">${t.text("signingOut.text")}</p>
    <div class="actions"><a class="button" data-go-on href="${safeUrl(goOnHref)}">${t.text("signingOut.goOn")}</a></div>
    <div class="hidden" aria-hidden="true">${opened}</div>`;
  return layout({ frame, t, title: t.text("signingOut.title"), body, script: scriptFile(goOnAfterFrames) });
}
