import { OAuthError } from "../errors.ts";
import { isAllowedRedirectUri } from "../redirect-uri.ts";
import type { WithClient } from "./load-client.ts";
import type { WithParameters } from "./request.ts";
import type { Step } from "./steps.ts";

export type WithRedirectUri = { readonly redirectUri: string };

/** OpenID Connect Core 1.0 §3.1.2.1: required, and one that is registered (RFC 9700 §2.1). */
export const checkRedirectUri: Step<WithParameters & WithClient, WithRedirectUri> = ({ parameters, client }) => {
  const redirectUri = parameters.values.get("redirect_uri");
  if (redirectUri === undefined || !isAllowedRedirectUri(redirectUri, client.oidc)) {
    throw new OAuthError("invalid_request", {
      description: "The parameter redirect_uri is missing or is not registered for this application",
      page: "redirectUri",
    });
  }
  return { redirectUri };
};
