import { z } from "zod";
import { needs } from "../../kernel/actor.ts";
import { defineCommand } from "../../kernel/command.ts";
import { streamRef } from "../../kernel/event.ts";
import { sessionId, userId } from "../../kernel/ids.ts";
import { Refusal } from "../../kernel/refusal.ts";
import { user } from "../user/user.events.ts";
import { mustBeAlive, session } from "./session.events.ts";
import { decideWrite, gatherWrite, type SessionSources, sessionWrite } from "./write-session.ts";

const input = sessionWrite.extend({
  sessionId,
  /** the user whom the session has, as its row says: the streams are named before the session is loaded */
  sessionUserId: z.nullable(userId).default(null),
});

/** Adds checks, metadata or a lifetime to a living session; the session token it had dies. */
export const setSession = defineCommand({
  name: "session.set",
  input,
  streams: ({ input }) => {
    const subject = input.checks.user?.userId ?? (input.checks.user === null ? input.sessionUserId : null);
    return {
      session: streamRef(session, input.sessionId),
      ...(subject === null ? {} : { user: streamRef(user, subject) }),
    };
  },
  permit: () => needs("session.write"),
  facts: (from: SessionSources, { ctx, input, streams }) =>
    gatherWrite(from, { ctx, input, user: streams.user ?? null }),
  decide: ({ ctx, input, streams, facts }) => {
    mustBeAlive(streams.session, ctx.now);
    // The row was read before the stream was loaded: in between another request may have named the user.
    if (input.checks.user === null && input.sessionUserId !== streams.session.state.userId) {
      throw new Refusal("request.contended");
    }
    return decideWrite({ ctx, input, session: streams.session, user: streams.user ?? null }, facts, []);
  },
});
