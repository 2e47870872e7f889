import { z } from "zod";
import { needs } from "../../kernel/actor.ts";
import { defineCommand } from "../../kernel/command.ts";
import { streamRef } from "../../kernel/event.ts";
import { Refusal } from "../../kernel/refusal.ts";
import { name } from "../../kernel/text.ts";
import { type Instant, instant } from "../../kernel/time.ts";
import type { MintToken } from "../../kernel/token.ts";
import { clientRegistration, clientRegistrationId } from "./client-registration.events.ts";

const tokensMax = 50;

/** Makes an initial access token (RFC 7591 §3): its holder may register clients. Told once. */
export const addInitialAccessToken = defineCommand({
  name: "client-registration.add-token",
  input: z.object({
    name: name(),
    expiresAt: z
      .number()
      .transform((micros): Instant => instant(micros))
      .nullable(),
  }),
  streams: () => ({ registration: streamRef(clientRegistration, clientRegistrationId) }),
  permit: () => needs("iam.policy.write"),
  facts: (from: { readonly mintToken: MintToken }) => from.mintToken("initial_access"),
  decide: ({ ctx, input, streams, facts: { id, hash, text } }) => {
    const expired = streams.registration.state.tokens.filter(
      ({ expiresAt }) => expiresAt !== null && expiresAt <= ctx.now,
    );
    if (input.expiresAt !== null && input.expiresAt <= ctx.now) {
      throw new Refusal("request.invalid", { fields: [{ path: "expirationDate", problem: "is in the past" }] });
    }
    if (streams.registration.state.tokens.length - expired.length >= tokensMax) {
      throw new Refusal("request.invalid", {
        fields: [{ path: "", problem: `there are ${tokensMax} tokens already` }],
      });
    }
    return {
      events: [
        ...expired.map(({ tokenId }) =>
          streams.registration.record("instance.client_registration.token.removed", { tokenId }),
        ),
        streams.registration.record("instance.client_registration.token.added", {
          tokenId: id,
          name: input.name,
          expiresAt: input.expiresAt,
        }),
      ],
      tokens: [{ do: "put", row: { kind: "initial_access", id, hash, expiresAt: input.expiresAt } }],
      result: { tokenId: id, token: text },
    };
  },
});
