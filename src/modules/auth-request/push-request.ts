import { z } from "zod";
import { needs } from "../../kernel/actor.ts";
import { defineCommand } from "../../kernel/command.ts";
import { streamRef } from "../../kernel/event.ts";
import { clientId } from "../../kernel/ids.ts";
import { addSeconds } from "../../kernel/time.ts";
import { type MintToken, tokenKinds } from "../../kernel/token.ts";
import { authRequest } from "./auth-request.events.ts";

/** Parameters in the order they came; what is kept of a pushed request. */
export const pushedParameters = z.array(z.tuple([z.string(), z.string()])).max(200);

/** All of a pushed request as JSON. */
const pushedBytes = 65_536;

const input = z.object({
  clientId,
  parameters: pushedParameters.refine(
    (pairs) => new TextEncoder().encode(JSON.stringify(pairs)).length <= pushedBytes,
    "are too large",
  ),
  /** they came in a signed request object */
  isSigned: z.boolean(),
});

/**
 * Keeps the authorization request that a client pushed (RFC 9126 §2) until a browser brings its reference. It is a credential,
 * not a fact: nobody has been asked anything yet, so the log does not hear of it.
 */
export const pushRequest = defineCommand({
  name: "auth-request.push",
  input,
  streams: ({ newId }) => ({ authRequest: streamRef(authRequest, newId()) }),
  permit: () => needs("session.link"),
  facts: ({ mintToken }: { readonly mintToken: MintToken }) => mintToken("pushed"),
  decide: ({ ctx, input: { clientId: client, parameters, isSigned }, facts }) => ({
    events: [],
    tokens: [
      {
        do: "put",
        row: {
          kind: "pushed",
          id: facts.id,
          hash: facts.hash,
          expiresAt: addSeconds(ctx.now, tokenKinds.pushed.lifeSeconds),
          clientId: client,
          data: { parameters, isSigned },
        },
      },
    ],
    result: { reference: facts.text },
  }),
});
