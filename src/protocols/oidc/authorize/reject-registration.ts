import { OAuthError } from "../errors.ts";
import type { WithAnswerTo } from "./answer-to-client.ts";
import type { WithParameters } from "./request.ts";
import type { Step } from "./steps.ts";

type Nothing = Readonly<Record<never, never>>;

/** OpenID Connect Core 1.0 §7.2.1: what it would say must not be taken from elsewhere instead. */
export const rejectRegistration: Step<WithParameters & WithAnswerTo, Nothing> = ({ parameters }) => {
  if (parameters.values.has("registration")) throw new OAuthError("registration_not_supported");
  return {};
};
