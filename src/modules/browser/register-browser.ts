import { z } from "zod";
import { needs } from "../../kernel/actor.ts";
import { defineCommand } from "../../kernel/command.ts";
import { streamRef } from "../../kernel/event.ts";
import { browserId } from "../../kernel/ids.ts";
import { addSeconds } from "../../kernel/time.ts";
import { type MintToken, tokenKinds } from "../../kernel/token.ts";
import { browser } from "./browser.events.ts";

/** Gives a browser its identity: the text of its cookie, and the id by which its sessions know it. */
export const registerBrowser = defineCommand({
  name: "browser.register",
  input: z.object({}),
  streams: ({ newId }) => ({ browser: streamRef(browser, newId()) }),
  permit: () => needs("session.write"),
  facts: (from: { readonly mintToken: MintToken }) => from.mintToken("browser"),
  decide: ({ ctx, facts: minted }) => ({
    events: [],
    tokens: [
      {
        do: "put",
        row: {
          kind: "browser",
          id: minted.id,
          hash: minted.hash,
          expiresAt: addSeconds(ctx.now, tokenKinds.browser.lifeSeconds),
        },
      },
    ],
    // The token's id names the browser.
    result: { browserId: browserId.parse(minted.id), cookie: minted.text },
  }),
});
