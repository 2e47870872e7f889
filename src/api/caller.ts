import {
  clientAddress,
  firstOf,
  fromTrustedProxy,
  type Incoming,
  requestHost,
  requestScheme,
  type TrustedProxies,
} from "../platform/http/proxies.ts";
import type { Call } from "../platform/http/rpc.ts";
import type { HttpRequest } from "../platform/http/server.ts";

/** What a request says about its caller, before anything of it is believed. */
export type CallerInfo = {
  /** `authorization` header as sent, or `null` */
  readonly authorization: string | null;
  /** host the instance is chosen by: `x-zitadel-instance-host` or a forwarded host from trusted proxies, else the request's own */
  readonly instanceHost: string;
  /** `x-zitadel-public-host` from a trusted proxy, or `null` */
  readonly publicHost: string | null;
  readonly scheme: "http" | "https";
  /** `x-zitadel-orgid` as sent, or `null` */
  readonly orgHeader: string | null;
  readonly acceptLanguage: string;
  readonly ip: string;
  readonly userAgent: string;
  /** `x-zitadel-login-client` as sent, or `null`; counts only for a caller that holds IAM_LOGIN_CLIENT */
  readonly loginClientHeader: string | null;
  /** what a proof of possession speaks of (RFC 9449 §4.2), the proof itself as sent, and the connection it came by */
  readonly method: string;
  readonly path: string;
  readonly proof: string | null;
  readonly connection: Incoming;
};

/**
 * Finds out who calls. An absent `authorization` gives an anonymous caller; one that does not hold is refused with
 * `auth.token_invalid`; a host without an instance with `instance.not_found`.
 */
export type Authenticate = (caller: CallerInfo) => Promise<Call>;

/** Reads the caller's side of a request. */
export const callerOf = (req: HttpRequest, trusted: TrustedProxies): CallerInfo => {
  const header = (name: string): string | null => firstOf(req.headers[name]) ?? null;
  const fromProxy = fromTrustedProxy(req, trusted);
  return {
    authorization: header("authorization"),
    instanceHost: (fromProxy ? header("x-zitadel-instance-host") : null) ?? requestHost(req, trusted),
    publicHost: fromProxy ? header("x-zitadel-public-host") : null,
    scheme: requestScheme(req, trusted),
    orgHeader: header("x-zitadel-orgid"),
    acceptLanguage: header("accept-language") ?? "",
    ip: clientAddress(req, trusted),
    userAgent: header("user-agent") ?? "",
    loginClientHeader: header("x-zitadel-login-client"),
    method: req.method ?? "",
    path: (req.url ?? "").split("?", 1)[0] ?? "",
    proof: header("dpop"),
    connection: req,
  };
};
