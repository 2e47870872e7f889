import { partsOf } from "../../../modules/auth-request/response-type.events.ts";
import { OAuthError } from "../errors.ts";
import { listOf } from "../parameters.ts";
import { scopesFor } from "../scope.ts";
import type { WithAnswerTo } from "./answer-to-client.ts";
import type { WithResponseType } from "./check-response-type.ts";
import type { WithClient } from "./load-client.ts";
import type { WithParameters } from "./request.ts";
import type { Step } from "./steps.ts";

export type WithScope = { readonly scope: readonly string[] };

/**
 * RFC 6749 §3.3. OpenID Connect Core 1.0 §11: `offline_access` is ignored when the client cannot use what it stands for, and
 * when no code comes of the request; §3.2.2.1: who asks for an ID token asks for `openid`.
 */
export const checkScope: Step<WithParameters & WithClient & WithAnswerTo & WithResponseType, WithScope> = ({
  parameters,
  client,
  responseType,
}) => {
  const { code, idToken } = partsOf(responseType);
  const mayRefresh = code && client.oidc.grantTypes.includes("refresh_token");
  const scope = scopesFor(client, parameters.values.get("scope"), listOf(parameters, "resource")).filter(
    (one) => one !== "offline_access" || mayRefresh,
  );
  // A resource may have no scopes at all.
  const isPlainAccess = !parameters.values.has("scope") && listOf(parameters, "resource").length > 0;
  if (scope.length === 0 && !isPlainAccess) {
    throw new OAuthError("invalid_scope", { description: "The parameter scope is missing or names nothing known" });
  }
  if (idToken && !scope.includes("openid")) {
    throw new OAuthError("invalid_request", { description: "An ID token needs the scope openid" });
  }
  return { scope };
};
