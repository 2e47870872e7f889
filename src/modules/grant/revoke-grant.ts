import { z } from "zod";
import { needsNothing } from "../../kernel/actor.ts";
import { defineCommand, noFacts } from "../../kernel/command.ts";
import { streamRef } from "../../kernel/event.ts";
import { grantId } from "../../kernel/ids.ts";
import { grant, revocationReasons } from "./grant.events.ts";

const input = z.object({ grantId, reason: z.enum(revocationReasons) });

/** Ends a grant with all its tokens. Whoever calls has shown a credential of it; once revoked, nothing more changes. */
export const revokeGrant = defineCommand({
  name: "grant.revoke",
  input,
  streams: ({ input }) => ({ grant: streamRef(grant, input.grantId) }),
  permit: () => needsNothing,
  facts: noFacts,
  decide: ({ input, streams }) =>
    streams.grant.state.status === "active"
      ? {
          events: [streams.grant.record("oidc_session.revoked", { reason: input.reason })],
          tokens: [{ do: "drop_all", of: { grantId: input.grantId } }],
          result: {},
        }
      : { events: [], result: {} },
});
