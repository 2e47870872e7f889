import { z } from "zod";
import { needs } from "../../kernel/actor.ts";
import { type Decision, defineCommand } from "../../kernel/command.ts";
import { streamRef } from "../../kernel/event.ts";
import { limits } from "../../kernel/limits.ts";
import { addSeconds } from "../../kernel/time.ts";
import { type MintToken, tokenKinds } from "../../kernel/token.ts";
import { decoupled, decoupledRequested } from "./decoupled.events.ts";

/** A code for a person to type, and what is stored of it. */
export type MintUserCode = () => { readonly text: string; readonly hash: string };

export type StartDecoupledSources = { readonly mintToken: MintToken; readonly mintUserCode: MintUserCode };

/** All of it becomes state, and that is bounded. */
const input = decoupledRequested
  .omit({ userCodeHash: true, expiresAt: true })
  .extend({
    lifeSeconds: z.int().positive().max(3_600),
    /** where the client wants to be told, and the credential it gave for that */
    ping: z.object({ endpoint: z.string().max(limits.textChars), token: z.string().max(1_024) }).nullable(),
  })
  .refine((asked) => new TextEncoder().encode(JSON.stringify(asked)).length <= limits.authRequestBytes, "is too large");

/** Keeps what a client asked for until a person answers in another place. For protocols, whose own checks have passed. */
export const startDecoupled = defineCommand({
  name: "auth-request.start-decoupled",
  input,
  streams: ({ newId }) => ({ decoupled: streamRef(decoupled, newId()) }),
  permit: () => needs("session.link"),
  facts: (from: StartDecoupledSources, { input }) => ({
    minted: from.mintToken(input.flow),
    userCode: input.flow === "device" ? from.mintUserCode() : null,
  }),
  decide: ({
    ctx,
    input: { lifeSeconds, ping, ...asked },
    streams,
    facts: { minted, userCode },
  }): Decision<{ readonly code: string; readonly userCode: string | null; readonly decoupledId: string }> => {
    const expiresAt = addSeconds(ctx.now, lifeSeconds);
    return {
      events: [
        streams.decoupled.record(
          "device.authorization.added",
          { ...asked, userCodeHash: userCode?.hash ?? null, expiresAt },
          { ping: ping && { ...ping, authReqId: minted.text } },
        ),
      ],
      tokens: [
        {
          do: "put",
          row: {
            kind: asked.flow,
            id: minted.id,
            hash: minted.hash,
            // Kept longer than it works: so that a late client is told why (RFC 8628 §3.5 `expired_token`).
            expiresAt: addSeconds(expiresAt, tokenKinds.device.lifeSeconds),
            clientId: asked.clientId,
            data: { decoupledId: streams.decoupled.id },
          },
        },
      ],
      result: { code: minted.text, userCode: userCode?.text ?? null, decoupledId: streams.decoupled.id },
    };
  },
});
