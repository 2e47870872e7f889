import { z } from "zod";
import { needs } from "../../kernel/actor.ts";
import { type Decision, defineCommand, noFacts } from "../../kernel/command.ts";
import { streamRef } from "../../kernel/event.ts";
import { clientId, grantId, sessionId, userId } from "../../kernel/ids.ts";
import { addSeconds } from "../../kernel/time.ts";
import { grant } from "./grant.events.ts";

const input = z.object({
  grantId,
  /** whether the client is told by this grant: it may have several in one session, and is told once */
  tell: z.boolean(),
});

/** Whom a logout token is for, and about whom it is. */
export const logoutNotice = z.object({ clientId, sessionId, userId });
export type LogoutNotice = z.output<typeof logoutNotice>;

/** The job that delivers it. */
export const logoutNoticeKind = "logout.notify";

/** A relying party that has been away for longer has sessions of its own that have run out. */
const triedForSeconds = 24 * 60 * 60;

/**
 * Ends a grant whose session has ended, and puts the news for its client into the outbox: in one transaction, so that it
 * is told exactly then, and its key stays the same however often it is sent.
 */
export const endGrantWithSession = defineCommand({
  name: "grant.end-with-session",
  input,
  streams: ({ input }) => ({ grant: streamRef(grant, input.grantId) }),
  permit: () => needs("session.delete"),
  facts: noFacts,
  decide: ({ ctx, input, streams }): Decision<object> => {
    const { state } = streams.grant;
    if (state.status !== "active" || state.sessionId === null) return { events: [], result: {} };
    const { clientId: client, sessionId: session, userId: person } = state;
    const isTold = input.tell && client !== null && person !== null;
    return {
      events: [streams.grant.record("oidc_session.revoked", { reason: "logout" })],
      tokens: [{ do: "drop_all", of: { grantId: input.grantId } }],
      jobs: isTold
        ? [
            {
              kind: logoutNoticeKind,
              key: `${logoutNoticeKind}:${session}:${client}`,
              payload: { clientId: client, sessionId: session, userId: person },
              expiresAt: addSeconds(ctx.now, triedForSeconds),
            },
          ]
        : [],
      result: {},
    };
  },
});
