import { OAuthError } from "../errors.ts";
import type { WithAnswerTo } from "./answer-to-client.ts";
import type { WithClient } from "./load-client.ts";
import type { WithParameters } from "./request.ts";
import type { Step } from "./steps.ts";

export type WithMaxAge = { readonly maxAgeSeconds: number | null };

/**
 * OpenID Connect Core 1.0 §3.1.2.1: how old the user's authentication may be, in whole seconds; without the parameter, what
 * the client has registered as `default_max_age` (Dynamic Client Registration 1.0 §2).
 */
export const checkMaxAge: Step<WithParameters & WithClient & WithAnswerTo, WithMaxAge> = ({ parameters, client }) => {
  const value = parameters.values.get("max_age");
  if (value === undefined) return { maxAgeSeconds: client.settings.defaultMaxAgeSeconds };
  if (!/^\d{1,10}$/.test(value)) {
    throw new OAuthError("invalid_request", { description: "The parameter max_age is not a number of seconds" });
  }
  return { maxAgeSeconds: Number(value) };
};
