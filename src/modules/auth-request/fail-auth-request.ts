import { z } from "zod";
import { needs } from "../../kernel/actor.ts";
import { defineCommand, noFacts } from "../../kernel/command.ts";
import { streamRef } from "../../kernel/event.ts";
import { authRequestId } from "../../kernel/ids.ts";
import { authRequest, openRequest } from "./auth-request.events.ts";
import { mustBeLoginClient } from "./login-client.events.ts";

const input = z.object({
  authRequestId,
  /** RFC 6749 §4.1.2.1 and OpenID Connect Core §3.1.2.6 */
  error: z.string().regex(/^[a-z_]{1,60}$/),
});

/** Answers an auth request with an error, which the caller takes to the client. */
export const failAuthRequest = defineCommand({
  name: "auth-request.fail",
  input,
  streams: ({ input }) => ({ authRequest: streamRef(authRequest, input.authRequestId) }),
  permit: () => needs("session.link"),
  facts: noFacts,
  decide: ({ ctx, input, streams }) => {
    const requested = openRequest(streams.authRequest, ctx.now);
    mustBeLoginClient(ctx, requested);
    return {
      events: [streams.authRequest.record("auth_request.failed", { error: input.error })],
      result: { requested },
    };
  },
});
