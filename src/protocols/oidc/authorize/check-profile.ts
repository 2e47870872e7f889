import { partsOf } from "../../../modules/auth-request/response-type.events.ts";
import { OAuthError } from "../errors.ts";
import type { WithArrival } from "../request-object/expand-request.ts";
import { rulesOf } from "../security-profile.ts";
import type { WithAnswerTo } from "./answer-to-client.ts";
import type { WithResponseType } from "./check-response-type.ts";
import type { WithClient } from "./load-client.ts";
import type { WithParameters } from "./request.ts";
import type { Step } from "./steps.ts";

type Nothing = Readonly<Record<never, never>>;

/** What the client's rules ask of the way that its request came, and of the answer that it wants. */
export const checkProfile: Step<
  WithParameters & WithClient & WithArrival & WithAnswerTo & WithResponseType,
  Nothing
> = ({ parameters, client, arrival, answerTo, responseType }) => {
  const rules = rulesOf(client);
  const refuse = (description: string) => new OAuthError("invalid_request", { description });
  // RFC 9126 §5, §6
  if (rules.pushedRequests && !arrival.isPushed) throw refuse("The application must push its requests");
  // RFC 9101 §10.5
  if (rules.signedRequests && !arrival.isSigned) throw refuse("The application must sign its requests");
  const { code, idToken, accessToken } = partsOf(responseType);
  if (rules.onlyCode && (!code || idToken || accessToken)) {
    throw new OAuthError("unauthorized_client", { description: "The application may only use the response type code" });
  }
  if (rules.senderConstraint !== null && accessToken) {
    // What travels through the browser is bound to no key.
    throw new OAuthError("unauthorized_client", { description: "The application gets no tokens through the browser" });
  }
  if (rules.pkce && parameters.values.get("code_challenge") === undefined) {
    throw refuse("The parameter code_challenge is missing");
  }
  if (rules.signedResponses && !answerTo.responseMode.endsWith(".jwt")) {
    throw refuse("The application must ask for signed responses: response_mode=jwt");
  }
  if (rules.httpsRedirects && !isProtected(answerTo.redirectUri, client.oidc.appType)) {
    throw refuse("The redirect_uri must be https");
  }
  return {};
};

/** FAPI 2.0 Security Profile §5.3.2.2 (8): plain http only to the application's own machine. */
const isProtected = (redirectUri: string, appType: string): boolean => {
  const url = URL.parse(redirectUri);
  if (url === null || url.protocol !== "http:") return true;
  return appType === "native" && ["127.0.0.1", "[::1]", "localhost"].includes(url.hostname);
};
