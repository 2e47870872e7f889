import { z } from "zod";
import { needs } from "../../kernel/actor.ts";
import { defineCommand, noFacts } from "../../kernel/command.ts";
import { streamRef } from "../../kernel/event.ts";
import { tokenId } from "../../kernel/ids.ts";
import { Refusal } from "../../kernel/refusal.ts";
import { clientRegistration, clientRegistrationId } from "./client-registration.events.ts";

/** Ends an initial access token. Clients that were registered with it stay. */
export const removeInitialAccessToken = defineCommand({
  name: "client-registration.remove-token",
  input: z.object({ tokenId }),
  streams: () => ({ registration: streamRef(clientRegistration, clientRegistrationId) }),
  permit: () => needs("iam.policy.write"),
  facts: noFacts,
  decide: ({ input, streams: { registration } }) => {
    if (!registration.state.tokens.some((one) => one.tokenId === input.tokenId)) {
      throw new Refusal("initial_access_token.not_found");
    }
    return {
      events: [registration.record("instance.client_registration.token.removed", { tokenId: input.tokenId })],
      tokens: [{ do: "drop", kind: "initial_access", id: input.tokenId }],
      result: undefined,
    };
  },
});
