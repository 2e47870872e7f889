import { OAuthError } from "../errors.ts";
import type { WithAnswerTo } from "./answer-to-client.ts";
import type { WithParameters } from "./request.ts";
import type { Step } from "./steps.ts";

export type WithDpopJkt = { readonly dpopJkt: string | null };

/** RFC 9449 §10: the key whose holder alone may redeem the code. */
export const checkDpopJkt: Step<WithParameters & WithAnswerTo, WithDpopJkt> = ({ parameters }) => {
  const dpopJkt = parameters.values.get("dpop_jkt") ?? null;
  if (dpopJkt !== null && !/^[A-Za-z0-9_-]{43}$/.test(dpopJkt)) {
    throw new OAuthError("invalid_request", { description: "The parameter dpop_jkt is not a thumbprint" });
  }
  return { dpopJkt };
};
