import { readParameters } from "../parameters.ts";
import type { AuthorizeRequest, WithParameters } from "./request.ts";
import type { Step } from "./steps.ts";

/** RFC 6749 §3.1: the parameters as they were sent, by GET or POST alike. */
export const readRequest: Step<AuthorizeRequest, WithParameters> = ({ sent }) => ({ parameters: readParameters(sent) });
