import { OAuthError } from "../errors.ts";
import type { WithAnswerTo } from "./answer-to-client.ts";
import type { WithParameters } from "./request.ts";
import type { Step } from "./steps.ts";

const notSupported = {
  request: "request_not_supported",
  request_uri: "request_uri_not_supported",
  registration: "registration_not_supported",
} as const;

type Nothing = Readonly<Record<never, never>>;

/** OpenID Connect Core 1.0 §6, §7.2.1: what these would override must not be taken from the plain parameters instead. */
export const rejectRequestObjects: Step<WithParameters & WithAnswerTo, Nothing> = ({ parameters }) => {
  for (const [name, code] of Object.entries(notSupported)) {
    if (parameters.values.has(name)) throw new OAuthError(code);
  }
  return {};
};
