import { z } from "zod";
import { needs } from "../../kernel/actor.ts";
import { defineCommand, noFacts } from "../../kernel/command.ts";
import { readOnlyRef, type StreamRef, streamRef } from "../../kernel/event.ts";
import { orgId } from "../../kernel/ids.ts";
import { limits } from "../../kernel/limits.ts";
import { Refusal } from "../../kernel/refusal.ts";
import { isLivingOrg, org } from "./org.events.ts";
import { metadataKey, metadataStreamId, orgMetadata } from "./org-metadata.events.ts";

const entry = z.object({
  key: metadataKey,
  value: z.base64().max(Math.ceil(limits.metadataValueBytes / 3) * 4, "is too long"),
});

const input = z.object({
  orgId,
  entries: z
    .array(entry)
    .min(1, "is empty")
    .max(limits.metadataEntries)
    .refine((entries) => new Set(entries.map(({ key }) => key)).size === entries.length, "names a key twice"),
});

/** The entries' streams, numbered as in the input. */
type Refs = { readonly org: StreamRef<typeof org> } & { [entry: `entry${number}`]: StreamRef<typeof orgMetadata> };

/** Sets entries of an organization's metadata; entries that are not named stay. */
export const setOrganizationMetadata = defineCommand({
  name: "org.metadata.set",
  input,
  streams: ({ input }) => {
    const refs: Refs = { org: readOnlyRef(org, input.orgId) };
    for (const [i, { key }] of input.entries.entries()) {
      refs[`entry${i}`] = streamRef(orgMetadata, metadataStreamId(input.orgId, key), input.orgId);
    }
    return refs;
  },
  permit: ({ input }) => needs("org.write", { orgId: input.orgId }),
  facts: noFacts,
  decide: ({ ctx, input, streams }) => {
    if (!isLivingOrg(streams.org.state)) throw new Refusal("org.not_found");
    const events = input.entries.map((one, i) => {
      const loaded = streams[`entry${i}`];
      if (!loaded) throw new Error(`no stream for entry ${i}`);
      return loaded.record("org.metadata.set", { orgId: input.orgId, ...one });
    });
    return { events, result: { at: ctx.now } };
  },
});
