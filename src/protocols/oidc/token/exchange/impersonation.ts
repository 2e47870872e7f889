import { can } from "../../../../kernel/actor.ts";
import { type UserId, userId } from "../../../../kernel/ids.ts";
import type { AdministratorReader } from "../../../../modules/administrator/administrator.queries.ts";
import type { GrantReader } from "../../../../modules/grant/grant.queries.ts";
import type { PoliciesOf } from "../../../../modules/settings/policies.events.ts";
import type { Entered } from "../../enter.ts";
import { OAuthError } from "../../errors.ts";
import type { Party } from "./presented-party.ts";

export type ImpersonationDeps = {
  readonly policiesOf: PoliciesOf;
  readonly administrators: Pick<AdministratorReader, "membershipsOf">;
  readonly grants: Pick<GrantReader, "subject">;
};

const denied = (detail: string): OAuthError =>
  new OAuthError("access_denied", { description: "The actor may not act for this user", detail });

/**
 * Whether the actor may act for a user who handed over nothing: the instance lets it (ZITADEL's security settings), and the
 * actor holds an impersonator's role on the instance or on the user's organization, for administrators the one for them.
 */
export const mayImpersonate = async (
  { policiesOf, administrators, grants }: ImpersonationDeps,
  { ctx }: Entered,
  actor: Party,
  named: string,
): Promise<UserId> => {
  const { security } = await policiesOf(ctx, null);
  if (!security.enableImpersonation) throw denied("impersonation is switched off");
  const id = userId.safeParse(named);
  const subject = id.success ? await grants.subject(ctx.instanceId, id.data) : null;
  // The same answer as without the right to: who exists is not told.
  if (subject === null) throw denied("no such user, or not active");
  const [ofActor, ofSubject] = await Promise.all([
    administrators.membershipsOf(ctx, actor.userId),
    administrators.membershipsOf(ctx, subject.userId),
  ]);
  const who = await grants.subject(ctx.instanceId, actor.userId);
  if (who === null) throw denied("the actor is not active");
  const permission = ofSubject.length > 0 ? "admin.impersonation" : "impersonation";
  const acting = {
    kind: "user",
    userId: actor.userId,
    orgId: who.org.id,
    memberships: ofActor,
    via: "access_token",
  } as const;
  if (!can(acting, permission, { orgId: subject.org.id })) throw denied(`the actor does not hold ${permission}`);
  return subject.userId;
};
