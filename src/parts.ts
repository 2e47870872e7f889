import { grant } from "./modules/grant/grant.events.ts";
import { grantProjection } from "./modules/grant/grant.projection.ts";
import { session } from "./modules/session/session.events.ts";
import { sessionProjection } from "./modules/session/session.projection.ts";
import { webKey } from "./modules/web-key/web-key.events.ts";
import { webKeyProjection } from "./modules/web-key/web-key.projection.ts";
import { type Part, part } from "./platform/projections/projection.ts";
import type { Database } from "./schema.ts";

/** Every stream type with its read tables and reactions. A module is known to the store when it stands here. */
export const parts: readonly Part<Database>[] = [
  part(grant, grantProjection),
  part(webKey, webKeyProjection),
  part(session, sessionProjection),
];
