import { attributes, type Html, html, safeUrl } from "./html.ts";
import { type Language, languages } from "./i18n/languages.ts";
import type { Translator } from "./i18n/translator.ts";
import { mark } from "./mark.ts";
import { stylesheet } from "./style.ts";

const product = "Munot";

export type LanguageLink = { readonly language: Language; readonly href: string };

/** What every page may say around its own content. */
export type PageFrame = {
  /** the application that the person signs in to */
  readonly application?: string | undefined;
  /** whose sign-in this is; without it the product's name stands there */
  readonly organization?: string | undefined;
  /** the same page in each language; none for pages that cannot be asked for again */
  readonly languages?: readonly LanguageLink[] | undefined;
  /** path of a stylesheet that overrides the custom properties of `style.ts` */
  readonly brandStylesheet?: string | undefined;
};

type Page = {
  readonly frame: PageFrame;
  readonly t: Translator;
  readonly title: string;
  /** true when the page reports a mistake: screen readers then hear it first, in the window title */
  readonly hasProblem?: boolean;
  /** for pages to read rather than to fill in */
  readonly isWide?: boolean;
  /** of a page that cannot do without; it works before the rest of the page is there */
  readonly script?: Html;
  readonly body: Html;
};

function languageSwitch({ languages: links = [] }: PageFrame, t: Translator): Html | null {
  if (links.length < 2) return null;
  const items = links.map(({ language, href }) => {
    const named = attributes({ lang: language, dir: languages[language].direction, hreflang: language });
    return language === t.language
      ? html`<li><span lang="${language}" aria-current="true">${languages[language].name}</span></li>`
      : html`<li><a href="${safeUrl(href)}" ${named}>${languages[language].name}</a></li>`;
  });
  return html`<nav aria-label="${t.text("frame.language")}"><ul class="languages">${items}</ul></nav>`;
}

/** Names come from people and in any script: isolated, so that they cannot reorder the sentence around them. */
export const named = (name: string): Html => html`<b><bdi>${name}</bdi></b>`;

/** "to continue to …", for pages on the way to an application. */
export const continueTo = ({ application }: PageFrame, t: Translator): Html | null =>
  application === undefined
    ? null
    : html`<p class="lead">${t.rich("frame.continueTo", { application: named(application) })}</p>`;

/** The head of every document: nothing in it is a script or a style itself, and no search engine keeps the page. */
export const documentHead = (
  title: string,
  stylesheetHrefs: readonly string[],
  script: Html | null = null,
): Html => html`
    <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="color-scheme" content="light dark">
    <meta name="robots" content="noindex">
    <title>${title}</title>
    <link rel="icon" type="image/svg+xml" href="${safeUrl(mark.path)}">
    ${stylesheetHrefs.map((href) => html`<link rel="stylesheet" href="${safeUrl(href)}">`)}
    ${script}
    </head>`;

/** The document around a page's content. It holds no script and no style: the Content-Security-Policy forbids both. */
export function layout({ frame, t, title, hasProblem = false, isWide = false, body, script }: Page): Html {
  const { organization, brandStylesheet } = frame;
  const error = hasProblem ? `${t.text("frame.error")}: ` : "";
  const owner = organization ?? product;
  const windowTitle = title === owner ? title : `${error}${title} – ${owner}`;
  const stylesheets = brandStylesheet ? [stylesheet.path, brandStylesheet] : [stylesheet.path];
  return html`<!doctype html>
    <html lang="${t.language}" dir="${t.direction}">
    ${documentHead(windowTitle, stylesheets, script)}
    <body ${attributes({ class: isWide && "wide" })}>
    <header><img src="${safeUrl(mark.path)}" width="36" height="36" alt=""><bdi>${owner}</bdi></header>
    <main>
    <h1>${title}</h1>
    ${body}
    </main>
    <footer>
    ${languageSwitch(frame, t)}
    ${organization === undefined ? null : html`<p>${t.text("frame.poweredBy", { product })}</p>`}
    </footer>
    </body>
    </html>`;
}
