import type { AppType } from "../../modules/application/application.events.ts";

/** What of a client decides where answers may be sent. */
export type RedirectRules = {
  readonly appType: AppType;
  readonly devMode: boolean;
  readonly redirectUris: readonly string[];
};

/** Schemes that run code or read files when a browser is sent to them: never a redirect target. */
const dangerousSchemes = new Set(["javascript:", "data:", "vbscript:", "file:", "blob:", "about:", "view-source:"]);
const loopbackHosts = new Set(["localhost", "127.0.0.1", "[::1]"]);

/**
 * Whether answers may be sent to the presented URI. RFC 9700 §4.1.3: exact string comparison; the exceptions are the port
 * of loopback redirects of native apps (RFC 8252 §7.3) and `*` in registered URIs of an app in development mode.
 */
export const isAllowedRedirectUri = (presented: string, rules: RedirectRules): boolean => {
  const url = parseTarget(presented);
  if (url === null || !isAllowedScheme(url, rules)) return false;
  return rules.redirectUris.some(
    (registered) =>
      registered === presented ||
      (rules.appType === "native" && isSameLoopback(url, registered)) ||
      (rules.devMode && matchesGlob(presented, registered)),
  );
};

/** The URI as a redirect target: absolute, without fragment (RFC 6749 §3.1.2) and user information, or `null`. */
const parseTarget = (uri: string): URL | null => {
  // URL drops some of these silently, so that what is compared would not be where the browser goes.
  if (/[\s\p{Cc}#\\]/u.test(uri)) return null;
  const url = URL.parse(uri);
  if (url === null || url.username !== "" || url.password !== "") return null;
  return dangerousSchemes.has(url.protocol) ? null : url;
};

const isAllowedScheme = (url: URL, { appType, devMode }: RedirectRules): boolean => {
  if (url.protocol === "https:") return true;
  if (appType === "native") return url.protocol !== "http:" || devMode || loopbackHosts.has(url.hostname);
  // A web application redeems its codes with its secret; one in the browser must not receive them in the clear.
  return url.protocol === "http:" && (devMode || appType === "web");
};

/** Whether a redirect stays on the person's own machine (RFC 8252 §7.3). */
export const isLoopback = (uri: string): boolean => loopbackHosts.has(URL.parse(uri)?.hostname ?? "");

/** RFC 8252 §7.3: the port of a loopback redirect is chosen by the app at the time of the request. */
const isSameLoopback = (presented: URL, registered: string): boolean => {
  const target = parseTarget(registered);
  return (
    target !== null &&
    [presented, target].every((url) => url.protocol === "http:" && loopbackHosts.has(url.hostname)) &&
    presented.pathname === target.pathname &&
    presented.search === target.search
  );
};

/** What a `*` cannot stand for: characters that end the part of the URI it stands in. */
const endsPart = /[/?#@\\\s]/;

/** A path segment that browsers resolve before they go anywhere (WHATWG URL §4.1), so that they would go elsewhere. */
const stepUp = /\/(?:\.|%2e){1,2}(?=[/?]|$)/i;

/**
 * Whether the URI matches a registered one in which `*` stands for a part of host, port, path segment or query. A fixed
 * part is taken at its first place, so the time grows with the URI alone: what a star may stand for up to a later place,
 * the next star may stand for from the first one on.
 */
export const matchesGlob = (presented: string, registered: string): boolean => {
  const [first = "", ...rest] = registered.split("*");
  const last = rest.pop();
  if (last === undefined || !presented.startsWith(first) || stepUp.test(presented)) return false;
  let at = first.length;
  for (const part of rest) {
    const found = presented.indexOf(part, at);
    if (found < 0 || endsPart.test(presented.slice(at, found))) return false;
    at = found + part.length;
  }
  const end = presented.length - last.length;
  return end >= at && presented.endsWith(last) && !endsPart.test(presented.slice(at, end));
};

/** OpenID Connect RP-Initiated Logout 1.0 §3: compared exactly; globs in development mode as for redirects. */
export const isAllowedPostLogoutUri = (
  presented: string,
  { registered, devMode }: { readonly registered: readonly string[]; readonly devMode: boolean },
): boolean =>
  parseTarget(presented) !== null &&
  registered.some((uri) => uri === presented || (devMode && matchesGlob(presented, uri)));
