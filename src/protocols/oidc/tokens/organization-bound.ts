import type { Ctx } from "../../../kernel/actor.ts";
import type { Granted } from "../../../modules/grant/credentials.ts";
import type { GrantReader } from "../../../modules/grant/grant.queries.ts";
import { OAuthError } from "../errors.ts";
import { meaningOf } from "../scope.ts";

/**
 * `urn:zitadel:iam:org:id:{id}` and `…:domain:primary:{domain}` (flaw class: an organization that is asked for and not held
 * to). Every way to a token ends where tokens are written, so it is asked there again, whoever answered the request and
 * whatever has changed since: of a scope that names an organization, only its own users get tokens.
 */
export const mustBeOfOrganization = async (
  subject: GrantReader["subject"],
  ctx: Ctx,
  { userId, scope }: Pick<Granted, "userId" | "scope">,
): Promise<void> => {
  const { orgId, orgDomain } = meaningOf(scope);
  if (orgId === null && orgDomain === null) return;
  const found = userId === null ? null : await subject(ctx.instanceId, userId);
  const isOfOrg =
    found !== null &&
    (orgId === null || found.org.id === orgId) &&
    (orgDomain === null || found.org.primaryDomain === orgDomain.toLowerCase());
  if (!isOfOrg)
    throw new OAuthError("invalid_grant", { detail: "the subject is not of the organization of the scope" });
};
