import { needs } from "../../kernel/actor.ts";
import { defineCommand, noFacts } from "../../kernel/command.ts";
import { streamRef } from "../../kernel/event.ts";
import { authRequestId } from "../../kernel/ids.ts";
import { limits } from "../../kernel/limits.ts";
import { text } from "../../kernel/text.ts";
import { addSeconds } from "../../kernel/time.ts";
import { authRequest, requested } from "./auth-request.events.ts";

/** All of it becomes state, and that is bounded. */
const input = requested
  .extend({ loginHint: text(limits.nameChars).nullable().default(null) })
  .refine((asked) => new TextEncoder().encode(JSON.stringify(asked)).length <= limits.authRequestBytes, "is too large");

/** Keeps what a client asked for until somebody answers it. For protocols, whose own checks have passed. */
export const startAuthRequest = defineCommand({
  name: "auth-request.start",
  input,
  streams: ({ newId }) => ({ authRequest: streamRef(authRequest, `V2_${newId()}`) }),
  permit: () => needs("session.link"),
  facts: noFacts,
  decide: ({ ctx, input: { loginHint, ...asked }, streams }) => ({
    events: [
      streams.authRequest.record(
        "auth_request.added",
        { ...asked, expiresAt: addSeconds(ctx.now, limits.authRequestSeconds) },
        { loginHint },
      ),
    ],
    result: { authRequestId: authRequestId.parse(streams.authRequest.id) },
  }),
});
