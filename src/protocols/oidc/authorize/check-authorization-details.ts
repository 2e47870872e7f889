import type { AuthorizationDetails } from "../../../modules/grant/grant.events.ts";
import { readAuthorizationDetails } from "../authorization-details.ts";
import type { WithAnswerTo } from "./answer-to-client.ts";
import type { WithClient } from "./load-client.ts";
import type { WithParameters } from "./request.ts";
import type { Step } from "./steps.ts";

export type WithAuthorizationDetails = { readonly authorizationDetails: AuthorizationDetails };

/** RFC 9396 §5. */
export const checkAuthorizationDetails: Step<WithParameters & WithClient & WithAnswerTo, WithAuthorizationDetails> = ({
  parameters,
  client,
}) => ({ authorizationDetails: readAuthorizationDetails(parameters, client) ?? [] });
