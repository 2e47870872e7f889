import { tokenKinds } from "../../../kernel/token.ts";

/** How often a client may ask whether there is an answer (RFC 8628 §3.2 `interval`, CIBA Core 1.0 §7.3). */
export const pollSeconds = 5;

/** How long a person has to answer. */
export const answerSeconds = tokenKinds.device.lifeSeconds;
