import { z } from "zod";
import { needs } from "../../kernel/actor.ts";
import { defineCommand, noFacts } from "../../kernel/command.ts";
import { readOnlyRef, type StreamRef, streamRef } from "../../kernel/event.ts";
import { orgId } from "../../kernel/ids.ts";
import { limits } from "../../kernel/limits.ts";
import { Refusal } from "../../kernel/refusal.ts";
import { isLivingOrg, org } from "./org.events.ts";
import { metadataKey, metadataStreamId, orgMetadata } from "./org-metadata.events.ts";

const input = z.object({
  orgId,
  keys: z
    .array(metadataKey)
    .min(1, "is empty")
    .max(limits.metadataEntries)
    .transform((keys) => [...new Set(keys)]),
});

/** The entries' streams, numbered as in the input. */
type Refs = { readonly org: StreamRef<typeof org> } & { [entry: `entry${number}`]: StreamRef<typeof orgMetadata> };

/** Removes entries of an organization's metadata: all of the named ones, or none if one does not exist. */
export const deleteOrganizationMetadata = defineCommand({
  name: "org.metadata.delete",
  input,
  streams: ({ input }) => {
    const refs: Refs = { org: readOnlyRef(org, input.orgId) };
    for (const [i, key] of input.keys.entries()) {
      refs[`entry${i}`] = streamRef(orgMetadata, metadataStreamId(input.orgId, key));
    }
    return refs;
  },
  permit: ({ input }) => needs("org.write", { orgId: input.orgId }),
  facts: noFacts,
  decide: ({ ctx, input, streams }) => {
    if (!isLivingOrg(streams.org.state)) throw new Refusal("org.not_found");
    const events = input.keys.map((key, i) => {
      const loaded = streams[`entry${i}`];
      if (loaded?.state.status !== "set") throw new Refusal("org.metadata_not_found");
      return loaded.record("org.metadata.removed", { orgId: input.orgId, key });
    });
    return { events, result: { at: ctx.now } };
  },
});

/** Removes one entry of an organization that has been removed. */
export const clearOrganizationMetadata = defineCommand({
  name: "org.metadata.clear",
  input: z.object({ orgId, key: z.string() }),
  streams: ({ input }) => ({ entry: streamRef(orgMetadata, metadataStreamId(input.orgId, input.key)) }),
  permit: () => needs("org.delete"),
  facts: noFacts,
  decide: ({ input, streams: { entry } }) => ({
    events: entry.state.status === "set" ? [entry.record("org.metadata.removed", input)] : [],
    result: undefined,
  }),
});
