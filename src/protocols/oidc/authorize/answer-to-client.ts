import type { ResponseMode } from "../../../modules/auth-request/auth-request.events.ts";
import type { CallbackTarget } from "../../../modules/auth-request/callback-url.ts";
import { opaque } from "../parameters.ts";
import type { WithRedirectUri } from "./check-redirect-uri.ts";
import type { WithParameters } from "./request.ts";
import { authorizeResponseModes } from "./response.ts";
import type { Step } from "./steps.ts";

export type WithAnswerTo = { readonly answerTo: CallbackTarget };

/** RFC 6749 §4.1.2.1: from here on errors go back to the client. An unknown `response_mode` is ignored, as ZITADEL does. */
export const answerToClient: Step<WithParameters & WithRedirectUri, WithAnswerTo> = ({ parameters, redirectUri }) => {
  const asked = parameters.values.get("response_mode");
  const responseMode: ResponseMode = authorizeResponseModes.find((mode) => mode === asked) ?? "query";
  return { answerTo: { redirectUri, responseMode, state: opaque(parameters, "state") } };
};
