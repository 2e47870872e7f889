import { z } from "zod";
import { needs } from "../../kernel/actor.ts";
import { defineCommand } from "../../kernel/command.ts";
import { streamRef } from "../../kernel/event.ts";
import { addSeconds } from "../../kernel/time.ts";
import { type MintToken, tokenKinds } from "../../kernel/token.ts";
import { adminLink } from "./admin-link.events.ts";

/** Issues a one-time link; for the first start and the command line, which hand it to whoever runs the server. */
export const issueAdminLink = defineCommand({
  name: "admin-link.issue",
  input: z.object({}),
  streams: ({ newId }) => ({ link: streamRef(adminLink, newId()) }),
  permit: () => needs("system.instance.write"),
  facts: (from: { readonly mintToken: MintToken }) => from.mintToken("admin_link"),
  decide: ({ ctx, streams, facts: { id, hash, text } }) => {
    const expiresAt = addSeconds(ctx.now, tokenKinds.admin_link.lifeSeconds);
    return {
      events: [streams.link.record("instance.admin_link.issued", { tokenId: id, expiresAt })],
      tokens: [{ do: "put", row: { kind: "admin_link", id, hash, expiresAt } }],
      result: { token: text, expiresAt },
    };
  },
});
