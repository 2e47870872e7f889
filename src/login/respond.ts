import type { FastifyReply, FastifyRequest } from "fastify";
import { isStorable } from "../kernel/text.ts";
import { type Html, htmlText } from "./html.ts";
import { type Language, languageCodes } from "./i18n/languages.ts";
import { pickLanguage } from "./i18n/pick-language.ts";
import { type Translator, translator } from "./i18n/translator.ts";
import type { LanguageLink } from "./layout.ts";

/** Query parameter with which a page is asked for in another language (OIDC Core §3.1.2.1 `ui_locales`). */
const languageParameter = "ui_locales";

/** Where else than to us a page's forms may lead: Chromium applies `form-action` to the redirects that follow, too. */
type PagePolicy = {
  readonly formTargets?: readonly string[];
  /** addresses that the page shows in frames */
  readonly frames?: readonly string[];
  /** the page has a script, a file of ours */
  readonly hasScript?: boolean;
};

/**
 * The policy of every page: no script but of the few pages that have one, styles and images from here only, nobody may frame it. It stands on each
 * answer, so that no page can forget it.
 */
const contentSecurityPolicy = ({ formTargets = [], frames = [], hasScript = false }: PagePolicy): string =>
  [
    "default-src 'none'",
    ...(hasScript ? ["script-src 'self'"] : []),
    ...(frames.length > 0 ? [`frame-src ${[...new Set(frames.flatMap(formTargetOf))].join(" ")}`] : []),
    "style-src 'self'",
    "img-src 'self'",
    `form-action 'self'${formTargets.map((target) => ` ${target}`).join("")}`,
    "frame-ancestors 'none'",
    "base-uri 'none'",
  ].join("; ");

/** Sends a page. Nothing of it is kept in caches, and the next site does not learn where the person came from. */
export const sendPage = (
  reply: FastifyReply,
  body: Html,
  { status = 200, ...policy }: PagePolicy & { readonly status?: number } = {},
): FastifyReply =>
  reply
    .code(status)
    .headers({
      "content-type": "text/html; charset=utf-8",
      "content-security-policy": contentSecurityPolicy(policy),
      "cache-control": "no-store",
      "referrer-policy": "no-referrer",
      "x-content-type-options": "nosniff",
      "x-frame-options": "DENY",
      "cross-origin-resource-policy": "same-origin",
      "permissions-policy": "camera=(), microphone=(), geolocation=()",
    })
    .send(htmlText(body));

/** 303: whatever the method was, the next page is fetched with GET (RFC 9110 §15.4.4). */
export const redirectTo = (reply: FastifyReply, url: string): FastifyReply =>
  reply.header("cache-control", "no-store").header("referrer-policy", "no-referrer").redirect(url, 303);

/** CSP3 §2.3.1 `host-source` and `scheme-source`. The URL parser lets `;`, `,` and `*` stand in hosts; a policy must not. */
const formTarget = /^(?!javascript:|data:)(?:https?:\/\/(?:[a-z0-9.-]+|\[[0-9a-f:.]+\])(?::\d+)?|[a-z][a-z0-9+.-]*:)$/;

/** The source expression that admits a redirect URI in `form-action`: its origin, or the scheme of a native app. */
export const formTargetOf = (uri: string): readonly string[] => {
  const url = URL.parse(uri);
  if (url === null) return [];
  const target = url.protocol === "https:" || url.protocol === "http:" ? url.origin : url.protocol;
  return formTarget.test(target) ? [target] : [];
};

/** Text fields of a query or a form; a field that is sent twice, or that could not be stored, counts as not sent. */
export const textFields = (source: unknown): Readonly<Record<string, string>> => {
  if (typeof source !== "object" || source === null) return {};
  return Object.fromEntries(
    Object.entries(source).filter(([, value]) => typeof value === "string" && isStorable(value)),
  );
};

/** Speaks the language that the link, the sign-in or the browser asks for, in this order. */
export const speak = (request: FastifyRequest, uiLocales: readonly string[] = []): Translator => {
  const asked = textFields(request.query)[languageParameter] ?? uiLocales.join(" ");
  return translator(pickLanguage(asked, request.headers["accept-language"]));
};

/** A page in the languages that somebody asks for, where one does. */
export const pathIn = (
  path: string,
  uiLocales: string | null,
  query: Readonly<Record<string, string>> = {},
): string => {
  const all = new URLSearchParams({ ...query, ...(uiLocales === null ? {} : { [languageParameter]: uiLocales }) });
  return all.size === 0 ? path : `${path}?${all}`;
};

/** The same page in each language, for pages that can be asked for again. */
export const languageLinks = (path: string, query: Readonly<Record<string, string>>): readonly LanguageLink[] =>
  languageCodes.map((language: Language) => ({
    language,
    href: `${path}?${new URLSearchParams({ ...query, [languageParameter]: language })}`,
  }));
