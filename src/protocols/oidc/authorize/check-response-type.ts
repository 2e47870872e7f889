import { OAuthError } from "../errors.ts";
import { required, spaceDelimited } from "../parameters.ts";
import type { WithAnswerTo } from "./answer-to-client.ts";
import type { WithClient } from "./load-client.ts";
import type { WithParameters } from "./request.ts";
import { authorizeResponseTypes } from "./response.ts";
import type { Step } from "./steps.ts";

export type WithResponseType = { readonly responseType: "code" };

/** RFC 6749 §3.1.1: a type that we know and that the client is registered for; the order of its words does not matter. */
export const checkResponseType: Step<WithParameters & WithClient & WithAnswerTo, WithResponseType> = ({
  parameters,
  client,
}) => {
  const asked = [...spaceDelimited(required(parameters, "response_type"))].sort().join(" ");
  const responseType = authorizeResponseTypes.find((one) => one === asked);
  if (responseType === undefined) throw new OAuthError("unsupported_response_type");
  const { responseTypes, grantTypes } = client.oidc;
  if (!responseTypes.includes(responseType) || !grantTypes.includes("authorization_code")) {
    throw new OAuthError("unauthorized_client", { description: "The application may not use this response type" });
  }
  return { responseType };
};
