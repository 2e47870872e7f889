import { Refusal } from "../../kernel/refusal.ts";
import type { AppType } from "./application.events.ts";

/** Schemes that a browser runs or opens itself: never a place to send a code to (RFC 9700 §4.11). */
const forbiddenSchemes = new Set(["javascript:", "data:", "file:", "vbscript:", "blob:", "about:"]);

/** RFC 8252 §7.3 and §8.3: loopback addresses, which native apps listen on, and `localhost`, which many use. */
const loopbackHosts = new Set(["localhost", "127.0.0.1", "[::1]"]);

/** Printable ASCII (RFC 3986 §2) but `\`, which browsers take for `/`: no `Location` header could carry the rest. */
const uriCharacters = /^[\x21-\x5b\x5d-\x7e]+$/;

const parsed = (uri: string): URL | null => (uriCharacters.test(uri) ? URL.parse(uri) : null);

/** Why a redirect URI cannot be registered (RFC 6749 §3.1.2, RFC 8252 §7, RFC 9700 §4.1); `null`: it can. */
export const redirectUriProblem = (uri: string, app: { appType: AppType; devMode: boolean }): string | null => {
  const url = parsed(uri);
  if (url === null) return "is not an absolute URI";
  if (uri.includes("#")) return "must not have a fragment";
  if (url.username || url.password) return "must not hold credentials";
  if (forbiddenSchemes.has(url.protocol)) return "has a scheme that is not allowed";
  if (uri.includes("*") && !app.devMode) return "may hold a wildcard in development mode only";
  switch (url.protocol) {
    case "https:":
      return null;
    case "http:":
      if (app.devMode) return null;
      if (app.appType !== "native") return "must be https outside of development mode";
      return loopbackHosts.has(url.hostname) ? null : "must be https or a loopback address";
    default:
      return app.appType === "native" ? null : "may have a scheme of its own in native applications only";
  }
};

const webUriProblem = (uri: string, devMode: boolean): string | null => {
  const url = parsed(uri);
  if (url === null || (url.protocol !== "https:" && url.protocol !== "http:")) return "is not a web address";
  if (uri.includes("#")) return "must not have a fragment";
  return url.protocol === "https:" || devMode ? null : "must be https outside of development mode";
};

/** The base of sign-in pages of the application's own, to which a path and a query are added. */
const baseUriProblem = (uri: string, devMode: boolean): string | null => {
  if (uri.includes("?")) return "must not have a query";
  return webUriProblem(uri, devMode || loopbackHosts.has(parsed(uri)?.hostname ?? ""));
};

const originProblem = (uri: string): string | null => {
  const url = parsed(uri);
  const isWeb = url?.protocol === "https:" || url?.protocol === "http:";
  return url && isWeb && url.origin === uri.replace(/\/$/, "").toLowerCase() ? null : "is not an origin";
};

type Uris = {
  readonly redirectUris: readonly string[];
  readonly postLogoutRedirectUris: readonly string[];
  readonly additionalOrigins: readonly string[];
  readonly backChannelLogoutUri: string;
  readonly loginVersion: { readonly baseUri: string };
  readonly appType: AppType;
  readonly devMode: boolean;
};

/** Refuses with `application.redirect_uri_invalid`, naming every address that cannot be registered. */
export const checkUris = (app: Uris): void => {
  const problems = (field: string, uris: readonly string[], problemOf: (uri: string) => string | null) =>
    uris.flatMap((uri, index) => {
      const problem = problemOf(uri);
      return problem === null ? [] : [{ path: `${field}.${index}`, problem }];
    });
  const backChannel = app.backChannelLogoutUri === "" ? [] : [app.backChannelLogoutUri];
  const { baseUri } = app.loginVersion;
  const fields = [
    ...problems("redirectUris", app.redirectUris, (uri) => redirectUriProblem(uri, app)),
    ...problems("postLogoutRedirectUris", app.postLogoutRedirectUris, (uri) => redirectUriProblem(uri, app)),
    ...problems("additionalOrigins", app.additionalOrigins, originProblem),
    ...problems("backChannelLogoutUri", backChannel, (uri) => webUriProblem(uri, app.devMode)),
    ...problems("loginVersion.baseUri", baseUri === "" ? [] : [baseUri], (uri) => baseUriProblem(uri, app.devMode)),
  ];
  if (fields.length > 0) throw new Refusal("application.redirect_uri_invalid", { fields });
};
