import { OAuthError } from "../errors.ts";
import { readScope } from "../scope.ts";
import type { WithAnswerTo } from "./answer-to-client.ts";
import type { WithClient } from "./load-client.ts";
import type { WithParameters } from "./request.ts";
import type { Step } from "./steps.ts";

export type WithScope = { readonly scope: readonly string[] };

/**
 * RFC 6749 §3.3. OpenID Connect Core 1.0 §11: `offline_access` is ignored when the client cannot use what it stands for.
 */
export const checkScope: Step<WithParameters & WithClient & WithAnswerTo, WithScope> = ({ parameters, client }) => {
  const scope = readScope(parameters.values.get("scope")).filter(
    (one) => one !== "offline_access" || client.oidc.grantTypes.includes("refresh_token"),
  );
  if (scope.length === 0) {
    throw new OAuthError("invalid_scope", { description: "The parameter scope is missing or names nothing known" });
  }
  return { scope };
};
