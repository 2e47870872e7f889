import { z } from "zod";
import { needs } from "../../kernel/actor.ts";
import { defineCommand } from "../../kernel/command.ts";
import { readOnlyRef, streamRef } from "../../kernel/event.ts";
import { applicationId, authRequestId, type InstanceId, type SessionId, sessionId, userId } from "../../kernel/ids.ts";
import { Refusal } from "../../kernel/refusal.ts";
import { text } from "../../kernel/text.ts";
import type { Instant } from "../../kernel/time.ts";
import { authRequest, openRequest } from "../auth-request/auth-request.events.ts";
import { mustBeAlive, session } from "../session/session.events.ts";
import { askedIn, type ConsentOf, consent, consentId, together } from "./consent.events.ts";

export type GiveConsentSources = {
  readonly consentOf: ConsentOf;
  /** the session whose current token this is */
  readonly findSessionByToken: (instanceId: InstanceId, token: string, now: Instant) => Promise<SessionId | null>;
};

/**
 * The session's user allows the client all that the auth request asks for. Sign-in pages say so, ours and those built on the
 * API; whether the session may answer the request at all is asked when it does.
 */
export const giveConsent = defineCommand({
  name: "consent.give",
  input: z.object({
    authRequestId,
    sessionId,
    userId,
    applicationId,
    proof: z.discriminatedUnion("by", [
      z.object({ by: z.literal("token"), token: text() }),
      z.object({ by: z.literal("browser"), browserId: z.string() }),
    ]),
  }),
  streams: ({ input }) => ({
    consent: streamRef(consent, consentId(input.userId, input.applicationId)),
    authRequest: readOnlyRef(authRequest, input.authRequestId),
    session: readOnlyRef(session, input.sessionId),
  }),
  permit: () => needs("session.link"),
  facts: async (from: GiveConsentSources, { ctx, input, streams }) => ({
    client: await from.consentOf(ctx.instanceId, streams.authRequest.state.requested?.clientId ?? "", input.userId),
    provenSession:
      input.proof.by === "token" ? await from.findSessionByToken(ctx.instanceId, input.proof.token, ctx.now) : null,
  }),
  decide: ({ ctx, input, streams, facts }) => {
    const requested = openRequest(streams.authRequest, ctx.now);
    mustBeAlive(streams.session, ctx.now);
    const { state } = streams.session;
    const { proof } = input;
    const isProven =
      proof.by === "token"
        ? facts.provenSession === input.sessionId
        : ctx.actor.kind === "system" && state.fingerprintId === proof.browserId;
    if (!isProven) throw new Refusal("session.token_invalid");
    if (state.userId !== input.userId) throw new Refusal("session.user_missing");
    if (facts.client?.applicationId !== input.applicationId) throw new Refusal("application.not_found");
    return {
      events: [
        streams.consent.record("consent.given", {
          ...together(streams.consent.state, askedIn(requested)),
          userId: input.userId,
          clientId: requested.clientId,
          applicationId: input.applicationId,
          authRequestId: input.authRequestId,
        }),
      ],
      result: undefined,
    };
  },
});
