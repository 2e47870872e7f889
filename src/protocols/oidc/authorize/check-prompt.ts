import { type Prompt, prompts } from "../../../modules/auth-request/auth-request.events.ts";
import { OAuthError } from "../errors.ts";
import { spaceDelimited } from "../parameters.ts";
import type { WithAnswerTo } from "./answer-to-client.ts";
import type { WithParameters } from "./request.ts";
import type { Step } from "./steps.ts";

export type WithPrompt = { readonly prompt: Prompt[] };

/** OpenID Connect Core 1.0 §3.1.2.1: `none` cannot stand beside another value; unknown values are ignored. */
export const checkPrompt: Step<WithParameters & WithAnswerTo, WithPrompt> = ({ parameters }) => {
  const asked = spaceDelimited(parameters.values.get("prompt"));
  const prompt = prompts.filter((one) => asked.includes(one));
  if (prompt.includes("none") && asked.length > 1) {
    throw new OAuthError("invalid_request", { description: "prompt=none cannot be combined with other prompts" });
  }
  return { prompt };
};
