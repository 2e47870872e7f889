import { z } from "zod";
import { defineCommand } from "../../kernel/command.ts";
import { streamRef } from "../../kernel/event.ts";
import { userId } from "../../kernel/ids.ts";
import { assertLivingMachine } from "./living-user.ts";
import { needsUserWrite } from "./own-user.ts";
import { user } from "./user.events.ts";

/** Makes a client secret: the text is told once, only its SHA-256 is kept. */
export type MintSecret = () => { readonly text: string; readonly hash: string };

/** Gives a service account a client secret; an earlier one stops working. Its client id is its user name. */
export const addSecret = defineCommand({
  name: "user.add-secret",
  input: z.object({ userId }),
  streams: ({ input }) => ({ user: streamRef(user, input.userId) }),
  permit: ({ streams }) => needsUserWrite(streams.user),
  facts: (from: { readonly mintClientSecret: MintSecret }) => from.mintClientSecret(),
  decide: ({ streams, facts }) => {
    assertLivingMachine(streams.user);
    return {
      events: [streams.user.record("user.machine.secret.set", {}, { secretHash: facts.hash })],
      result: { clientSecret: facts.text },
    };
  },
});
