import { needs } from "../../kernel/actor.ts";
import { defineCommand } from "../../kernel/command.ts";
import { streamRef } from "../../kernel/event.ts";
import { user } from "../user/user.events.ts";
import { session, userAgent } from "./session.events.ts";
import { decideWrite, gatherWrite, type SessionSources, sessionWrite } from "./write-session.ts";

const input = sessionWrite.extend({ userAgent: userAgent.nullable().default(null) });

const noUserAgent = { fingerprintId: null, ip: null, description: null, header: {} };

/** Makes a session, with the checks that it is to start with. A wrong password makes none. */
export const createSession = defineCommand({
  name: "session.create",
  input,
  streams: ({ input, newId }) => {
    const userId = input.checks.user?.userId ?? null;
    return {
      session: streamRef(session, newId()),
      ...(userId === null ? {} : { user: streamRef(user, userId) }),
    };
  },
  permit: () => needs("session.write"),
  facts: (from: SessionSources, { ctx, input, streams }) =>
    gatherWrite(from, { ctx, input, user: streams.user ?? null }),
  decide: ({ ctx, input, streams, facts }) =>
    decideWrite({ ctx, input, session: streams.session, user: streams.user ?? null }, facts, [
      streams.session.record("session.added", {}, input.userAgent ?? noUserAgent),
    ]),
});
