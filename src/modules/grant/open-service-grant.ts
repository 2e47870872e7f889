import { z } from "zod";
import { needsNothing } from "../../kernel/actor.ts";
import { defineCommand } from "../../kernel/command.ts";
import { streamRef } from "../../kernel/event.ts";
import { clientId, userId } from "../../kernel/ids.ts";
import { grantLifetimes } from "./credentials.ts";
import type { GrantSources } from "./exchange-code.ts";
import { confirmation, grant } from "./grant.events.ts";
import { openGrant } from "./open-grant.ts";

const input = z.object({
  grantType: z.enum(["client_credentials", "urn:ietf:params:oauth:grant-type:jwt-bearer"]),
  /** the service account that has proved who it is; `null`: an application for itself */
  userId: userId.nullable(),
  clientId: clientId.nullable(),
  scope: z.array(z.string()),
  audience: z.array(z.string()),
  resources: z.array(z.string()).default([]),
  authorizationDetails: z.array(z.record(z.string(), z.json())).default([]),
  lifetimes: grantLifetimes,
  confirmation: confirmation.nullable(),
});

/**
 * Gives a token to whoever asks for itself (RFC 6749 §4.4, RFC 7523 §2.1). Nobody signs in, so there is no refresh token
 * (RFC 6749 §4.4.3): whoever has the secret or the key asks again.
 */
export const openServiceGrant = defineCommand({
  name: "grant.open-service",
  input,
  streams: ({ newId }) => ({ grant: streamRef(grant, newId()) }),
  permit: () => needsNothing,
  facts: ({ mintToken }: Pick<GrantSources, "mintToken">) => mintToken("access"),
  decide: ({ ctx, input, streams, facts }) => {
    const { events, tokens, granted } = openGrant(streams.grant, ctx.now, {
      ...input,
      sessionId: null,
      authRequestId: null,
      nonce: null,
      authTime: ctx.now,
      amr: [],
      acr: null,
      actor: null,
      claims: null,
      access: facts,
      refresh: null,
    });
    return { events, tokens, result: granted };
  },
});
