import type { Projection } from "../../platform/projections/projection.ts";
import type { Database } from "../../schema.ts";
import type { adminLink } from "./admin-link.events.ts";

export const adminLinkProjection: Projection<Database, typeof adminLink> = {
  "instance.admin_link.issued": (event, db) => [
    db.insertInto("admin_links").values({
      instance_id: event.instanceId,
      link_id: event.id,
      token_id: event.payload.tokenId,
      is_redeemed: 0,
      expires_at: event.payload.expiresAt,
    }),
  ],
  "instance.admin_link.redeemed": (event, db) => [
    db
      .updateTable("admin_links")
      .set({ is_redeemed: 1 })
      .where("instance_id", "=", event.instanceId)
      .where("link_id", "=", event.id),
  ],
};
