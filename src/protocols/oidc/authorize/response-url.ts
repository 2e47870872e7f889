import { unreachable } from "../../../kernel/unreachable.ts";
import type { ResponseMode } from "../../../modules/auth-request/auth-request.events.ts";

/** Parameters of an authorization response, in order. */
export type ResponseParameters = readonly (readonly [string, string])[];

/** How the parameters travel, whether they are signed or not. */
export const carrierOf = (mode: ResponseMode): "query" | "fragment" | "form_post" => {
  switch (mode) {
    case "query":
    case "query.jwt":
      return "query";
    case "fragment":
    case "fragment.jwt":
      return "fragment";
    case "form_post":
    case "form_post.jwt":
      return "form_post";
    default:
      return unreachable(mode);
  }
};

/** JARM §2.3: whether the response is one signed JWT. */
export const isJwtMode = (mode: ResponseMode): boolean => mode.endsWith(".jwt");

/**
 * The redirect URI with the parameters (OAuth 2.0 Multiple Response Type Encoding Practices §2.1). Text, not the URL class:
 * a redirect URI goes back exactly as it was registered, custom schemes and all.
 */
export const responseUrl = (
  redirectUri: string,
  carrier: "query" | "fragment",
  parameters: ResponseParameters,
): string => {
  const encoded = parameters.map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join("&");
  if (carrier === "fragment") return `${redirectUri}#${encoded}`;
  // RFC 6749 §3.1.2: a query that is registered is kept; a fragment cannot be there.
  if (!redirectUri.includes("?")) return `${redirectUri}?${encoded}`;
  return /[?&]$/.test(redirectUri) ? `${redirectUri}${encoded}` : `${redirectUri}&${encoded}`;
};
