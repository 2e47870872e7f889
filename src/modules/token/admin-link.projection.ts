import type { Projection } from "../../platform/projections/projection.ts";
import type { Database } from "../../schema.ts";
import type { adminLink } from "./admin-link.events.ts";

/** Nothing is read of links but their credential, which is a row of `tokens`. */
export const adminLinkProjection: Projection<Database, typeof adminLink> = {
  "admin_link.issued": () => [],
  "admin_link.redeemed": () => [],
};
