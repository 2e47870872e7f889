import { z } from "zod";
import type { Ctx } from "../../kernel/actor.ts";
import type { UserId } from "../../kernel/ids.ts";
import { limits } from "../../kernel/limits.ts";
import { name } from "../../kernel/text.ts";

export const metadataKey = name(limits.metadataKeyChars);

/** Metadata to set; values are base64 */
export const userMetadata = z
  .array(
    z.object({
      key: metadataKey,
      value: z.base64().max(Math.ceil(limits.metadataValueBytes / 3) * 4, "is too long"),
    }),
  )
  .max(limits.metadataEntries);

/** The keys of a user's metadata; a bounded list. */
export type MetadataKeysOf = (ctx: Ctx, userId: UserId) => Promise<ReadonlySet<string>>;
