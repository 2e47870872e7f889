import { z } from "zod";
import { needsNothing } from "../../kernel/actor.ts";
import { defineCommand, noFacts } from "../../kernel/command.ts";
import { streamRef } from "../../kernel/event.ts";
import { grantId, tokenId } from "../../kernel/ids.ts";
import { grant } from "./grant.events.ts";

const input = z.object({ grantId, tokenId });

/** Ends one access token (RFC 7009 §2.1); the grant and its refresh token live on. */
export const revokeAccessToken = defineCommand({
  name: "grant.revoke-access-token",
  input,
  streams: ({ input }) => ({ grant: streamRef(grant, input.grantId) }),
  permit: () => needsNothing,
  facts: noFacts,
  decide: ({ input, streams }) => ({
    events: [streams.grant.record("oidc_session.access_token.revoked", { tokenId: input.tokenId })],
    tokens: [{ do: "drop", kind: "access", id: input.tokenId }],
    result: {},
  }),
});
