import type { Ctx } from "../../kernel/actor.ts";
import type { Requested } from "./auth-request.events.ts";
import type { Completed } from "./complete-auth-request.ts";

/** Where the answer to a request goes, in which form, and by which browser. */
export type AnswerTo = Pick<
  Requested,
  "clientId" | "redirectUri" | "responseMode" | "state" | "browserId" | "loginClientId"
>;

/** An answer that says no (RFC 6749 §4.1.2.1). */
export type AuthorizationError = {
  readonly error: string;
  readonly errorDescription?: string;
  readonly errorUri?: string;
};

/**
 * Writes answers to auth requests: the URL to which the person's browser is sent next, and with which the client has its
 * answer. The protocol that took the request knows how; whoever answers it (our pages, `prompt=none`, a login built on the
 * API) is handed this. `issuer` is the origin of the instance.
 */
export type AnswerWriter = {
  readonly completed: (ctx: Ctx, issuer: string, completed: Completed) => Promise<string>;
  readonly failed: (ctx: Ctx, issuer: string, to: AnswerTo, error: AuthorizationError) => Promise<string>;
};
