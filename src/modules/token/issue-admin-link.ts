import { z } from "zod";
import { needs } from "../../kernel/actor.ts";
import { defineCommand } from "../../kernel/command.ts";
import { streamRef } from "../../kernel/event.ts";
import { addSeconds } from "../../kernel/time.ts";
import { type MintToken, tokenKinds } from "../../kernel/token.ts";
import { adminLink } from "./admin-link.events.ts";

/** Makes a link that makes an administrator of the instance: for a new instance, and for one that lost its last. */
export const issueAdminLink = defineCommand({
  name: "admin-link.issue",
  input: z.object({}),
  streams: ({ newId }) => ({ link: streamRef(adminLink, newId()) }),
  permit: () => needs("iam.member.write"),
  facts: (from: { readonly mintToken: MintToken }) => from.mintToken("admin_link"),
  decide: ({ ctx, streams, facts: minted }) => {
    const expiresAt = addSeconds(ctx.now, tokenKinds.admin_link.lifeSeconds);
    return {
      events: [streams.link.record("admin_link.issued", { expiresAt })],
      tokens: [
        {
          do: "put",
          row: { kind: "admin_link", id: minted.id, hash: minted.hash, expiresAt, data: { linkId: streams.link.id } },
        },
      ],
      result: { token: minted.text, expiresAt },
    };
  },
});
