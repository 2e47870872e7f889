import { listOf } from "../parameters.ts";
import type { TargetOf } from "../resources.ts";
import type { WithAnswerTo } from "./answer-to-client.ts";
import type { WithClient } from "./load-client.ts";
import type { WithInstance, WithParameters } from "./request.ts";
import type { WithAudience } from "./resolve-audience.ts";
import type { Step } from "./steps.ts";

export type WithResources = WithAudience & { readonly resources: readonly string[] };

/** RFC 8707 §2.1: resources that are asked for are the audience, in the place of the usual one. */
export const resolveTarget =
  (targetOf: TargetOf): Step<WithInstance & WithParameters & WithClient & WithAnswerTo & WithAudience, WithResources> =>
  async ({ instance, parameters, client, audience }) => {
    const target = await targetOf(instance, client, listOf(parameters, "resource"));
    return target ?? { resources: [], audience };
  };
