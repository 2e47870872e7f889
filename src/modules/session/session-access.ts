import type { Ctx } from "../../kernel/actor.ts";
import type { UserId } from "../../kernel/ids.ts";

/** What the exceptions below look at; both the stream's state and the read row have it. */
type Owned = {
  readonly creatorId: UserId | null;
  readonly userId: UserId | null;
  readonly fingerprintId: string | null;
};

/**
 * Who may read or end a session without a permission, as ZITADEL documents it: who presents its current token, its
 * creator, its user, and a caller whose own token belongs to the same user agent.
 */
export const mayAsOwner = (ctx: Ctx, session: Owned, proof: { readonly byToken: boolean }): boolean => {
  if (proof.byToken) return true;
  const { actor } = ctx;
  if (actor.kind !== "user") return false;
  if (actor.userId === session.creatorId || actor.userId === session.userId) return true;
  return actor.browserId !== undefined && actor.browserId === session.fingerprintId;
};
