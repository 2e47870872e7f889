import { opaque } from "../parameters.ts";
import type { WithRedirectUri } from "./check-redirect-uri.ts";
import type { WithParameters } from "./request.ts";
import { type ResponseMode, isResponseMode } from "./response.ts";
import type { Step } from "./steps.ts";

/** Where answers go, good and bad ones, once the redirect URI is known to be the client's. */
export type AnswerTo = {
  readonly redirectUri: string;
  readonly responseMode: ResponseMode;
  readonly state: string | null;
};
export type WithAnswerTo = { readonly answerTo: AnswerTo };

/** RFC 6749 §4.1.2.1: from here on errors go back to the client. An unknown `response_mode` is ignored, as ZITADEL does. */
export const answerToClient: Step<WithParameters & WithRedirectUri, WithAnswerTo> = ({ parameters, redirectUri }) => {
  const mode = parameters.values.get("response_mode");
  const responseMode = mode !== undefined && isResponseMode(mode) ? mode : "query";
  return { answerTo: { redirectUri, responseMode, state: opaque(parameters, "state") } };
};
