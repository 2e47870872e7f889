import { partsOf } from "../../../modules/auth-request/response-type.events.ts";
import { OAuthError } from "../errors.ts";
import { opaque } from "../parameters.ts";
import type { WithAnswerTo } from "./answer-to-client.ts";
import type { WithResponseType } from "./check-response-type.ts";
import type { WithParameters } from "./request.ts";
import type { Step } from "./steps.ts";

export type WithNonce = { readonly nonce: string | null };

/**
 * OpenID Connect Core 1.0 §3.1.2.1: handed back unchanged in the ID token; §3.2.2.1, §3.3.2.11: an ID token that comes
 * through the browser must have one, or it could be replayed to the client.
 */
export const checkNonce: Step<WithParameters & WithAnswerTo & WithResponseType, WithNonce> = ({
  parameters,
  responseType,
}) => {
  const nonce = opaque(parameters, "nonce");
  if (nonce === null && partsOf(responseType).idToken) {
    throw new OAuthError("invalid_request", { description: "The parameter nonce is missing" });
  }
  return { nonce };
};
