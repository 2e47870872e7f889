import { partsOf } from "../../../modules/auth-request/response-type.events.ts";
import { isCodeChallenge } from "../../../platform/crypto/oauth.ts";
import { isConfidential } from "../client.ts";
import { OAuthError } from "../errors.ts";
import type { WithAnswerTo } from "./answer-to-client.ts";
import type { WithResponseType } from "./check-response-type.ts";
import type { WithClient } from "./load-client.ts";
import type { WithParameters } from "./request.ts";
import type { Step } from "./steps.ts";

export type WithCodeChallenge = { readonly codeChallenge: string | null };

/** RFC 7636 §4.3, §4.4.1 and RFC 9700 §2.1.1: S256 only, and required of clients that cannot keep a secret. */
export const checkPkce: Step<WithParameters & WithClient & WithAnswerTo & WithResponseType, WithCodeChallenge> = ({
  parameters,
  client,
  responseType,
}) => {
  // RFC 7636 §4.4: the challenge is of the code; without a code there is nothing to prove.
  if (!partsOf(responseType).code) return { codeChallenge: null };
  const challenge = parameters.values.get("code_challenge");
  const method = parameters.values.get("code_challenge_method");
  if (challenge === undefined) {
    if (isConfidential(client) && method === undefined) return { codeChallenge: null };
    throw new OAuthError("invalid_request", { description: "The parameter code_challenge is missing" });
  }
  if (method !== "S256") {
    throw new OAuthError("invalid_request", { description: "The parameter code_challenge_method must be S256" });
  }
  if (!isCodeChallenge(challenge)) {
    throw new OAuthError("invalid_request", { description: "The parameter code_challenge is not an S256 challenge" });
  }
  return { codeChallenge: challenge };
};
