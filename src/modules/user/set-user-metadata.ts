import { z } from "zod";
import { defineCommand } from "../../kernel/command.ts";
import { streamRef } from "../../kernel/event.ts";
import { userId } from "../../kernel/ids.ts";
import { limits } from "../../kernel/limits.ts";
import { Refusal } from "../../kernel/refusal.ts";
import { assertLiving } from "./living-user.ts";
import { type MetadataKeysOf, userMetadata } from "./metadata.events.ts";
import { needsUserWrite } from "./own-user.ts";
import { user } from "./user.events.ts";

/**
 * Sets metadata entries and leaves alone those it does not name. Not for the user itself: applications trust what stands
 * there. The bound on entries holds for one request after another; requests at once may pass it by their own entries.
 */
export const setUserMetadata = defineCommand({
  name: "user.set-metadata",
  input: z.object({ userId, metadata: userMetadata.min(1) }),
  streams: ({ input }) => ({ user: streamRef(user, input.userId) }),
  permit: ({ streams }) => needsUserWrite(streams.user),
  facts: (from: { readonly metadataKeysOf: MetadataKeysOf }, { ctx, input }) => from.metadataKeysOf(ctx, input.userId),
  decide: ({ input, streams, facts }) => {
    assertLiving(streams.user);
    const keys = new Set([...facts, ...input.metadata.map(({ key }) => key)]);
    if (keys.size > limits.metadataEntries) throw new Refusal("user.metadata_full");
    return {
      events: input.metadata.map(({ key, value }) => streams.user.record("user.metadata.set", { key }, { value })),
      result: undefined,
    };
  },
});
