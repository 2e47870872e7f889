import { z } from "zod";
import { type Need, needs, needsAuthenticated } from "../../kernel/actor.ts";
import { defineCommand, noFacts } from "../../kernel/command.ts";
import { streamRef } from "../../kernel/event.ts";
import { sessionId, tokenId } from "../../kernel/ids.ts";
import { mustExist, session } from "./session.events.ts";
import { mayAsOwner } from "./session-access.ts";

const input = z.object({
  sessionId,
  /** id of the session token that came with the request, after its secret has been verified */
  provenTokenId: tokenId.nullable().default(null),
});

/** Ends a session; all that descends from it stops working with it. */
export const terminateSession = defineCommand({
  name: "session.terminate",
  input,
  streams: ({ input }) => ({ session: streamRef(session, input.sessionId) }),
  permit: ({ ctx, input, streams }): Need => {
    const { state } = streams.session;
    const byToken = input.provenTokenId !== null && input.provenTokenId === state.tokenId;
    if (mayAsOwner(ctx, state, { byToken })) return needsAuthenticated;
    return needs("session.delete", { orgId: state.userOrgId });
  },
  facts: noFacts,
  decide: ({ streams }) => {
    mustExist(streams.session);
    return {
      events: [streams.session.record("session.terminated", {})],
      tokens: [{ do: "drop_all", of: { sessionId: sessionId.parse(streams.session.id) } }],
      result: undefined,
    };
  },
});
