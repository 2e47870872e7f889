import { unreachable } from "../../kernel/unreachable.ts";
import type { Requested, ResponseMode } from "./auth-request.events.ts";

/** Where a client's answer goes, and in which form. */
export type CallbackTarget = Pick<Requested, "redirectUri" | "responseMode" | "state">;

/** The answer itself (RFC 6749 §4.1.2, §4.1.2.1). */
export type CallbackAnswer =
  | { readonly code: string }
  | { readonly error: string; readonly errorDescription?: string; readonly errorUri?: string };

/**
 * The parameters of an authorization response: the answer, the client's own `state`, and `iss` against mix-up attacks
 * (RFC 9207 §2), on errors too.
 */
const callbackParameters = (
  { state }: Pick<CallbackTarget, "state">,
  issuer: string,
  answer: CallbackAnswer,
): readonly (readonly [string, string])[] => {
  const parameters: [string, string][] = [];
  if ("code" in answer) {
    parameters.push(["code", answer.code]);
  } else {
    parameters.push(["error", answer.error]);
    if (answer.errorDescription) parameters.push(["error_description", answer.errorDescription]);
    if (answer.errorUri) parameters.push(["error_uri", answer.errorUri]);
  }
  if (state !== null) parameters.push(["state", state]);
  parameters.push(["iss", issuer]);
  return parameters;
};

/** The URL that takes the answer to the client; with `form_post` the page that does so posts to the bare redirect URI. */
export const callbackUrl = (target: CallbackTarget, issuer: string, answer: CallbackAnswer): string =>
  withParameters(target.redirectUri, target.responseMode, callbackParameters(target, issuer, answer));

// Text, not the URL class: a redirect URI goes back exactly as it was registered, custom schemes and all.
const withParameters = (
  redirectUri: string,
  mode: ResponseMode,
  parameters: readonly (readonly [string, string])[],
): string => {
  const encoded = parameters.map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join("&");
  switch (mode) {
    case "query":
    case "query.jwt": {
      // RFC 6749 §3.1.2: a query that is registered is kept; a fragment cannot be there.
      if (!redirectUri.includes("?")) return `${redirectUri}?${encoded}`;
      return /[?&]$/.test(redirectUri) ? `${redirectUri}${encoded}` : `${redirectUri}&${encoded}`;
    }
    case "fragment":
    case "fragment.jwt":
      return `${redirectUri}#${encoded}`;
    case "form_post":
    case "form_post.jwt":
      return redirectUri;
    default:
      return unreachable(mode);
  }
};
