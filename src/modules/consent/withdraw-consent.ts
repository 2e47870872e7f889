import { z } from "zod";
import { needs, needsAny, needsSelf } from "../../kernel/actor.ts";
import { defineCommand, noFacts } from "../../kernel/command.ts";
import { readOnlyRef, streamRef } from "../../kernel/event.ts";
import { applicationId, clientId, userId } from "../../kernel/ids.ts";
import { user } from "../user/user.events.ts";
import { consent, consentId } from "./consent.events.ts";

/**
 * Takes back what a user allowed an application: its tokens for the user end with it, in the same transaction. What is not
 * allowed (any more) stays so.
 */
export const withdrawConsent = defineCommand({
  name: "consent.withdraw",
  input: z.object({ userId, applicationId }),
  streams: ({ input }) => ({
    consent: streamRef(consent, consentId(input.userId, input.applicationId)),
    user: readOnlyRef(user, input.userId),
  }),
  permit: ({ input, streams }) =>
    needsAny(needsSelf(input.userId), needs("user.write", { orgId: streams.user.ownerOrg })),
  facts: noFacts,
  decide: ({ input, streams }) => {
    const { state } = streams.consent;
    if (state.status !== "given") return { events: [], result: undefined };
    const client = clientId.parse(state.clientId);
    return {
      events: [streams.consent.record("consent.withdrawn", { userId: input.userId, clientId: client })],
      tokens: [{ do: "drop_all", of: { userId: input.userId, clientId: client } }],
      result: undefined,
    };
  },
});
