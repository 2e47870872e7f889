import type { InstanceId, TokenId } from "../../kernel/ids.ts";
import type { Instant } from "../../kernel/time.ts";

/** What the page behind a link must know when the link does not open any more. */
export type AdminLinkTables = {
  admin_links: { instance_id: InstanceId; link_id: string; token_id: TokenId; is_redeemed: 0 | 1; expires_at: Instant };
};
