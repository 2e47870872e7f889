import type { Ctx } from "../../kernel/actor.ts";
import type { UserId } from "../../kernel/ids.ts";
import type { Instant } from "../../kernel/time.ts";
import { checkSearch, type Listed, type PageWindow } from "../../platform/db/page.ts";
import { matchesText, type TextMethod } from "../../platform/db/text-match.ts";
import type { Db } from "../../schema.ts";
import { userReader } from "./user.queries.ts";

/** One metadata entry of a user. */
export type MetadataView = {
  readonly key: string;
  readonly value: Uint8Array;
  readonly createdAt: Instant;
  readonly changedAt: Instant;
};

/** A search by keys; all filters must hold. */
export type MetadataSearch = {
  readonly keys: readonly { readonly key: string; readonly method: TextMethod }[];
  readonly page: PageWindow;
};

export type MetadataReader = ReturnType<typeof metadataReader>;

/** The metadata of users. */
export const metadataReader = ({ db }: { readonly db: Db }) => {
  const users = userReader({ db });
  const ofUser = (ctx: Pick<Ctx, "instanceId">, userId: string) =>
    db.selectFrom("user_metadata").where("instance_id", "=", ctx.instanceId).where("user_id", "=", userId);
  return {
    metadataKeysOf: async (ctx: Ctx, userId: UserId): Promise<ReadonlySet<string>> => {
      const rows = await ofUser(ctx, userId).select("metadata_key").execute();
      return new Set(rows.map((row) => row.metadata_key));
    },
    /** By key. Whoever may see the user may see it; a user has so few entries that they are all read. */
    list: async (ctx: Ctx, userId: string, search: MetadataSearch): Promise<Listed<MetadataView>> => {
      checkSearch(search.keys);
      await users.get(ctx, userId);
      const rows = await ofUser(ctx, userId)
        .select(["metadata_key", "metadata_value", "created_at", "changed_at"])
        .orderBy("metadata_key", search.page.asc ? "asc" : "desc")
        .execute();
      const matching = rows.filter((row) =>
        search.keys.every(({ key, method }) => matchesText(row.metadata_key, method, key)),
      );
      const { offset, limit } = search.page;
      return {
        total: matching.length,
        rows: matching.slice(offset, offset + limit).map((row) => ({
          key: row.metadata_key,
          value: row.metadata_value,
          createdAt: row.created_at,
          changedAt: row.changed_at,
        })),
      };
    },
  };
};
