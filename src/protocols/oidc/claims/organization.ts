import { meaningOf, resourceOwnerScope } from "../scope.ts";
import type { ClaimSource } from "./claim-sources.ts";

/**
 * ZITADEL's claims about the user's organization: asked for by `urn:zitadel:iam:user:resourceowner`, and asserted whenever
 * a scope restricted the sign-in to an organization.
 */
export const organizationClaims: ClaimSource = ({ subject, scope }) => {
  const { orgId, orgDomain } = meaningOf(scope);
  const { org } = subject;
  const isAsked = scope.includes(resourceOwnerScope) || orgId !== null || orgDomain !== null;
  return {
    ...(isAsked
      ? {
          "urn:zitadel:iam:user:resourceowner:id": org.id,
          "urn:zitadel:iam:user:resourceowner:name": org.name,
          "urn:zitadel:iam:user:resourceowner:primary_domain": org.primaryDomain,
        }
      : {}),
    ...(orgId === org.id ? { "urn:zitadel:iam:org:id": org.id } : {}),
    ...(orgDomain === org.primaryDomain && orgDomain !== null
      ? { "urn:zitadel:iam:org:domain:primary": org.primaryDomain }
      : {}),
  };
};
