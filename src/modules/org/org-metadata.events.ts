import { z } from "zod";
import { defineStream } from "../../kernel/event.ts";
import type { OrgId } from "../../kernel/ids.ts";
import { orgId } from "../../kernel/ids.ts";
import { limits } from "../../kernel/limits.ts";
import { name } from "../../kernel/text.ts";

export const metadataKey = name(limits.metadataKeyChars);

const metadataEvents = {
  /** the value is base64 */
  "org.metadata.set": { payload: z.object({ orgId, key: z.string(), value: z.string() }) },
  "org.metadata.removed": { payload: z.object({ orgId, key: z.string() }) },
} as const;

export type OrgMetadataState = { readonly status: "absent" | "set" | "removed" };

/** One entry of an organization's metadata: a stream of its own, so that an organization may have many. */
export const orgMetadata = defineStream<OrgMetadataState>()({
  kind: "org_metadata",
  revision: 1,
  events: metadataEvents,
  initial: { status: "absent" },
  evolve: {
    "org.metadata.set": () => ({ status: "set" }),
    "org.metadata.removed": () => ({ status: "removed" }),
  },
});

/** The stream of one entry. An id holds no colon, so that no two streams meet. */
export const metadataStreamId = (org: OrgId, key: string): string => `${org}:${key}`;
