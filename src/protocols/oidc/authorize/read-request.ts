import { readParameters } from "../parameters.ts";
import type { AuthorizeRequest, WithParameters } from "./request.ts";
import type { Step } from "./steps.ts";

export const readRequest: Step<AuthorizeRequest, WithParameters> = ({ sent }) => ({ parameters: readParameters(sent) });
