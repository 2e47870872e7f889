import { z } from "zod";
import { orgId, userId } from "../../kernel/ids.ts";
import { Refusal } from "../../kernel/refusal.ts";
import { type CheckCase, type CheckOutcome, mustBeAbleToSignIn } from "./check.ts";

/** Whose session it is to be: the user of an id, or of a login name that was looked up before (`null`: nobody's). */
export const userCheckInput = z.object({ userId: userId.nullable() });

/** Names the user of the session, who stays the same for its whole life. Proves nothing. */
export const checkUser = (at: CheckCase): CheckOutcome => {
  mustBeAbleToSignIn(at);
  const { session, user, ctx } = at;
  const owner = user?.ownerOrg ?? null;
  if (user === null || owner === null) throw new Refusal("user.not_found");
  const checked = userId.parse(user.id);
  if (session.state.userId !== null && session.state.userId !== checked) throw new Refusal("session.user_differs");
  return {
    is: "passed",
    events: [
      session.record("session.user.checked", { userId: checked, orgId: orgId.parse(owner), checkedAt: ctx.now }),
    ],
  };
};
