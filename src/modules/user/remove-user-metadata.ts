import { z } from "zod";
import { defineCommand } from "../../kernel/command.ts";
import { streamRef } from "../../kernel/event.ts";
import { userId } from "../../kernel/ids.ts";
import { limits } from "../../kernel/limits.ts";
import { assertLiving } from "./living-user.ts";
import { type MetadataKeysOf, metadataKey } from "./metadata.events.ts";
import { needsUserWrite } from "./own-user.ts";
import { user } from "./user.events.ts";

/** Removes metadata entries by their keys. What is gone already is no reason to complain. */
export const removeUserMetadata = defineCommand({
  name: "user.remove-metadata",
  input: z.object({ userId, keys: z.array(metadataKey).min(1).max(limits.metadataEntries) }),
  streams: ({ input }) => ({ user: streamRef(user, input.userId) }),
  permit: ({ streams }) => needsUserWrite(streams.user),
  facts: (from: { readonly metadataKeysOf: MetadataKeysOf }, { ctx, input }) => from.metadataKeysOf(ctx, input.userId),
  decide: ({ input, streams, facts }) => {
    assertLiving(streams.user);
    const keys = [...new Set(input.keys)].filter((key) => facts.has(key));
    return { events: keys.map((key) => streams.user.record("user.metadata.removed", { key })), result: undefined };
  },
});
