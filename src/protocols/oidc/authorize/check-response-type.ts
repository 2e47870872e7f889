import {
  type AuthorizeResponseType,
  authorizeResponseTypes,
  partsOf,
} from "../../../modules/auth-request/response-type.events.ts";
import type { OidcClient } from "../client.ts";
import { OAuthError } from "../errors.ts";
import { required, spaceDelimited } from "../parameters.ts";
import type { WithAnswerTo } from "./answer-to-client.ts";
import type { WithClient } from "./load-client.ts";
import type { WithParameters } from "./request.ts";
import type { Step } from "./steps.ts";

export type WithResponseType = { readonly responseType: AuthorizeResponseType };

/** RFC 6749 §3.1.1: a type that we know and that the client is registered for; the order of its words does not matter. */
export const checkResponseType: Step<WithParameters & WithClient & WithAnswerTo, WithResponseType> = ({
  parameters,
  client,
}) => {
  const asked = [...spaceDelimited(required(parameters, "response_type"))].sort().join(" ");
  const responseType = authorizeResponseTypes.find((one) => one === asked);
  if (responseType === undefined) throw new OAuthError("unsupported_response_type");
  if (!mayUse(client, responseType)) {
    throw new OAuthError("unauthorized_client", { description: "The application may not use this response type" });
  }
  return { responseType };
};

/** OpenID Connect Dynamic Client Registration 1.0 §2: the type is registered, and the grant types that it stands for. */
const mayUse = ({ oidc, settings }: OidcClient, responseType: AuthorizeResponseType): boolean => {
  const registered: readonly string[] = [...oidc.responseTypes, ...settings.additionalResponseTypes];
  const { code, idToken, accessToken } = partsOf(responseType);
  return (
    registered.includes(responseType) &&
    (!code || oidc.grantTypes.includes("authorization_code")) &&
    (!(idToken || accessToken) || oidc.grantTypes.includes("implicit")) &&
    // What travels through the browser is bound to no key: a client that asked for bound tokens gets none there.
    !(accessToken && isSenderConstrained(settings))
  );
};

const isSenderConstrained = (settings: OidcClient["settings"]): boolean =>
  settings.dpopBoundAccessTokens || settings.tlsClientCertificateBoundAccessTokens;
