import { OAuthError } from "../errors.ts";
import type { WithAnswerTo } from "./answer-to-client.ts";
import type { WithParameters } from "./request.ts";
import type { Step } from "./steps.ts";

export type WithMaxAge = { readonly maxAgeSeconds: number | null };

/** OpenID Connect Core 1.0 §3.1.2.1: how old the user's authentication may be, in whole seconds. */
export const checkMaxAge: Step<WithParameters & WithAnswerTo, WithMaxAge> = ({ parameters }) => {
  const value = parameters.values.get("max_age");
  if (value === undefined) return { maxAgeSeconds: null };
  if (!/^\d{1,10}$/.test(value)) {
    throw new OAuthError("invalid_request", { description: "The parameter max_age is not a number of seconds" });
  }
  return { maxAgeSeconds: Number(value) };
};
