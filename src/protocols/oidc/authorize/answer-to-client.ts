import type { AnswerTo } from "../../../modules/auth-request/answer-writer.ts";
import type { ResponseMode } from "../../../modules/auth-request/auth-request.events.ts";
import { isFrontChannel, partsOf } from "../../../modules/auth-request/response-type.events.ts";
import { opaque, type Parameters } from "../parameters.ts";
import type { WithRedirectUri } from "./check-redirect-uri.ts";
import type { WithClient } from "./load-client.ts";
import type { WithParameters } from "./request.ts";
import { authorizeResponseModes } from "./response.ts";
import type { Step } from "./steps.ts";

export type WithAnswerTo = {
  readonly answerTo: AnswerTo;
  /** why the mode that was asked for cannot be used; `answerTo` has one that can */
  readonly responseModeProblem: string | null;
};

/**
 * RFC 6749 §4.1.2.1: from here on errors go back to the client, in the mode that it asked for. An unknown `response_mode` is
 * ignored, as ZITADEL does.
 */
export const answerToClient: Step<WithParameters & WithClient & WithRedirectUri, WithAnswerTo> = ({
  parameters,
  client,
  redirectUri,
}) => {
  const { responseMode, problem } = resolveMode(parameters, redirectUri, {
    isEncrypted: client.settings.authorizationEncryptedResponseAlg !== null,
  });
  return {
    answerTo: {
      clientId: client.clientId,
      redirectUri,
      responseMode,
      state: opaque(parameters, "state"),
      browserId: null,
      loginClientId: null,
    },
    responseModeProblem: problem,
  };
};

type Resolved = { readonly responseMode: ResponseMode; readonly problem: string | null };

/**
 * OAuth 2.0 Multiple Response Type Encoding Practices §2.1, §3: tokens go in the fragment unless asked otherwise, and never
 * in the query, where servers log them; JARM §2.3.1 allows that when they are encrypted, §2.3.4 lets `jwt` stand for the
 * usual mode. Form Post Response Mode: only a server takes a form, not an app's own scheme.
 */
const resolveMode = (
  { values }: Parameters,
  redirectUri: string,
  { isEncrypted }: { readonly isEncrypted: boolean },
): Resolved => {
  const hasTokens = isFrontChannel(partsOf(values.get("response_type") ?? ""));
  const usual = hasTokens ? "fragment" : "query";
  const wanted = values.get("response_mode");
  const asked = authorizeResponseModes.find((mode) => mode === wanted) ?? usual;
  const responseMode = asked === "jwt" ? (`${usual}.jwt` as const) : asked;
  if (hasTokens && (responseMode === "query" || (responseMode === "query.jwt" && !isEncrypted))) {
    return {
      responseMode: responseMode === "query" ? "fragment" : "fragment.jwt",
      problem: "The response_mode query is not for tokens",
    };
  }
  if (responseMode.startsWith("form_post") && !/^https?:/i.test(redirectUri)) {
    return { responseMode: usual, problem: "The response_mode form_post needs a redirect_uri of http or https" };
  }
  return { responseMode, problem: null };
};
