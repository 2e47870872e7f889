import type { Ctx } from "../../kernel/actor.ts";
import type { InstanceId, OrgId } from "../../kernel/ids.ts";
import type { Policies, PoliciesOf } from "../settings/policies.events.ts";

/** What stands outside of user and session and decides about signing in. */
export type SignInFacts = { readonly orgActive: boolean; readonly policies: Pick<Policies, "login" | "lockout"> };

export type SignInSources = {
  readonly policiesOf: PoliciesOf;
  /** Whether the org exists and is active. What hangs on it is asked again at each use of the session. */
  readonly isOrgActive: (instanceId: InstanceId, orgId: OrgId) => Promise<boolean>;
};

/** The facts for a user of the org; without one those of the instance, which no check passes on. */
export const findSignInFacts = async (from: SignInSources, ctx: Ctx, orgId: OrgId | null): Promise<SignInFacts> => ({
  orgActive: orgId !== null && (await from.isOrgActive(ctx.instanceId, orgId)),
  policies: await from.policiesOf(ctx, orgId),
});
