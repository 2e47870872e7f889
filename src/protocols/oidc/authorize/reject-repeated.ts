import { refuseRepeated } from "../parameters.ts";
import type { WithAnswerTo } from "./answer-to-client.ts";
import type { WithParameters } from "./request.ts";
import type { Step } from "./steps.ts";

type Nothing = Readonly<Record<never, never>>;

/** RFC 6749 §3.1: request parameters must not be included more than once. */
export const rejectRepeated: Step<WithParameters & WithAnswerTo, Nothing> = ({ parameters }) => {
  refuseRepeated(parameters);
  return {};
};
