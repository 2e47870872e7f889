import { isFrontChannel, partsOf } from "../../../modules/auth-request/response-type.events.ts";
import { OAuthError } from "../errors.ts";
import { isLoopback } from "../redirect-uri.ts";
import type { WithAnswerTo } from "./answer-to-client.ts";
import type { WithResponseType } from "./check-response-type.ts";
import type { WithClient } from "./load-client.ts";
import type { Step } from "./steps.ts";

type Nothing = Readonly<Record<never, never>>;

/**
 * Refuses, in a mode that can be used, a `response_mode` that cannot (OAuth 2.0 Multiple Response Type Encoding Practices
 * §3, §5), and tokens that would travel in the clear: OpenID Connect Dynamic Client Registration 1.0 §2 `application_type`
 * wants https for them, native applications listen on loopback, and development may do as it likes.
 */
export const checkResponseMode: Step<WithAnswerTo & WithResponseType & WithClient, Nothing> = ({
  answerTo: { redirectUri },
  responseModeProblem,
  responseType,
  client,
}) => {
  if (responseModeProblem !== null) throw new OAuthError("invalid_request", { description: responseModeProblem });
  const { appType, devMode } = client.oidc;
  const isInTheClear = /^http:/i.test(redirectUri) && !devMode && !(appType === "native" && isLoopback(redirectUri));
  if (isFrontChannel(partsOf(responseType)) && isInTheClear) {
    throw new OAuthError("invalid_request", { description: "Tokens are not sent to a redirect_uri of plain http" });
  }
  return {};
};
