import { type Need, needs, needsAny, needsSelf } from "../../kernel/actor.ts";
import type { Loaded } from "../../kernel/event.ts";
import type { UserId } from "../../kernel/ids.ts";
import type { user } from "./user.events.ts";

/** The caller may write this user. */
export const needsUserWrite = (loaded: Loaded<typeof user>): Need => needs("user.write", { orgId: loaded.ownerOrg });

/** The caller may write this user, or is this user. */
export const needsOwnOrUserWrite = (loaded: Loaded<typeof user>, userId: UserId): Need =>
  needsAny(needsSelf(userId), needsUserWrite(loaded));
