import type { ProjectId } from "../../../kernel/ids.ts";
import type { AuthorizationReader, GrantedRole } from "../../../modules/authorization/authorization.queries.ts";
import { projectRolesScope, rolesMeaningOf, rolesScope } from "../scope.ts";
import type { Claims } from "../tokens/claims.ts";
import type { ClaimSource } from "./claim-sources.ts";

/** The claim of one project's roles, for whoever reads the roles of several. */
const claimOf = (projectId: ProjectId): string => `urn:zitadel:iam:org:project:${projectId}:roles`;

/**
 * ZITADEL's role claims, read at the moment they are asserted. `{key: {orgId: primary domain}}` of the client's project
 * under `urn:zitadel:iam:org:project:roles` and under the project's own name, of other projects under theirs; with the scope
 * `roles` also the keys alone, as `roles` (RFC 9068 §2.2.3.1). A project that asserts roles does so unasked.
 */
export const roleClaims =
  (grantedRoles: AuthorizationReader["grantedRoles"]): ClaimSource =>
  async ({ ctx, subject, scope, audience, project }) => {
    const asked = rolesMeaningOf(scope);
    const all = asked.ofProject || asked.asList || asked.ofAudience || project?.roleAssertion === true;
    const own = project !== null && (all || asked.keys.length > 0) ? [project.id] : [];
    const projectIds = new Set<string>([...own, ...(asked.ofAudience ? audience : [])]);
    const roles = (await grantedRoles(ctx.instanceId, subject.userId, [...projectIds]))
      .filter(({ org }) => asked.orgIds.length === 0 || asked.orgIds.includes(org.id))
      .filter(({ projectId, key }) => all || projectId !== project?.id || asked.keys.includes(key));

    const claims: [string, Claims[string]][] = [];
    for (const [projectId, ofProject] of Map.groupBy(roles, (role) => role.projectId)) {
      const claim = shapeOf(ofProject);
      claims.push([claimOf(projectId), claim]);
      if (projectId === project?.id) claims.push([projectRolesScope, claim]);
    }
    if (asked.asList) {
      const keys = roles.flatMap(({ projectId, key }) => (projectId === project?.id ? [key] : []));
      claims.push([rolesScope, [...new Set(keys)]]);
    }
    return Object.fromEntries(claims);
  };

const shapeOf = (roles: readonly GrantedRole[]): { readonly [key: string]: { readonly [orgId: string]: string } } =>
  Object.fromEntries(
    [...Map.groupBy(roles, (role) => role.key)].map(([key, given]) => [
      key,
      Object.fromEntries(given.map(({ org }) => [org.id, org.primaryDomain])),
    ]),
  );
