import type { InstanceId, TokenId } from "../../kernel/ids.ts";
import type { Instant } from "../../kernel/time.ts";
import { matches, parseToken } from "../../platform/crypto/tokens.ts";
import type { Db } from "../../schema.ts";

/** What a link that somebody opened is worth. */
export type OpenedLink =
  | { readonly is: "open"; readonly linkId: string; readonly tokenId: TokenId }
  | { readonly is: "used" }
  | { readonly is: "expired" }
  | { readonly is: "unknown" };

export const adminLinkReader = ({ db }: { readonly db: Db }) => ({
  /** One statement: the link and its secret. Only whoever holds the secret learns that a link is still open. */
  open: async (instanceId: InstanceId, presented: string, now: Instant): Promise<OpenedLink> => {
    const parsed = parseToken(presented);
    if (parsed === null || parsed.kind !== "admin_link") return { is: "unknown" };
    const row = await db
      .selectFrom("admin_links as l")
      .leftJoin("tokens as t", (on) =>
        on
          .onRef("t.instance_id", "=", "l.instance_id")
          .onRef("t.id", "=", "l.token_id")
          .on("t.kind", "=", "admin_link"),
      )
      .where("l.instance_id", "=", instanceId)
      .where("l.token_id", "=", parsed.id)
      .select(["l.link_id", "l.is_redeemed", "l.expires_at", "t.hash"])
      .executeTakeFirst();
    if (row === undefined) return { is: "unknown" };
    if (row.is_redeemed === 1) return { is: "used" };
    if (row.expires_at <= now) return { is: "expired" };
    return row.hash !== null && matches(row.hash, parsed.secret)
      ? { is: "open", linkId: row.link_id, tokenId: parsed.id }
      : { is: "unknown" };
  },
});

export type AdminLinkReader = ReturnType<typeof adminLinkReader>;
