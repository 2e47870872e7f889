import type { OrgId } from "../../../kernel/ids.ts";
import type { ScopeReader } from "../../../modules/grant/scope.queries.ts";
import { OAuthError } from "../errors.ts";
import { meaningOf } from "../scope.ts";
import type { WithScope } from "./check-scope.ts";
import type { WithInstance } from "./request.ts";
import type { Step } from "./steps.ts";

export type WithOrg = { readonly orgId: OrgId | null };

/** `urn:zitadel:iam:org:id:{id}` and `…:domain:primary:{domain}`: only users of that organization may sign in. */
export const resolveOrg =
  (findOrg: ScopeReader["org"]): Step<WithInstance & WithScope, WithOrg> =>
  async ({ instance, scope }) => {
    const { orgId, orgDomain } = meaningOf(scope);
    const byId = orgId === null ? null : await findOrg(instance.instanceId, { id: orgId });
    const byDomain = orgDomain === null ? null : await findOrg(instance.instanceId, { domain: orgDomain });
    const missing = (orgId !== null && byId === null) || (orgDomain !== null && byDomain === null);
    const twoOrgs = byId !== null && byDomain !== null && byId !== byDomain;
    if (missing || twoOrgs)
      throw new OAuthError("invalid_scope", { description: "The organization could not be found" });
    return { orgId: byId ?? byDomain };
  };
