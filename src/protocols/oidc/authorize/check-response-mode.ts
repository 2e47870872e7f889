import { OAuthError } from "../errors.ts";
import type { WithAnswerTo } from "./answer-to-client.ts";
import type { Step } from "./steps.ts";

type Nothing = Readonly<Record<never, never>>;

/** Refuses, in a mode that can be used, a `response_mode` that cannot (OAuth 2.0 Multiple Response Type §3, §5). */
export const checkResponseMode: Step<WithAnswerTo, Nothing> = ({ responseModeProblem }) => {
  if (responseModeProblem === null) return {};
  throw new OAuthError("invalid_request", { description: responseModeProblem });
};
