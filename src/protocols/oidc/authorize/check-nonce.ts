import { opaque } from "../parameters.ts";
import type { WithAnswerTo } from "./answer-to-client.ts";
import type { WithParameters } from "./request.ts";
import type { Step } from "./steps.ts";

export type WithNonce = { readonly nonce: string | null };

/** OpenID Connect Core 1.0 §3.1.2.1: handed back unchanged in the ID token. */
export const checkNonce: Step<WithParameters & WithAnswerTo, WithNonce> = ({ parameters }) => ({
  nonce: opaque(parameters, "nonce"),
});
