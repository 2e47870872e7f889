import type { OrgId } from "../../../kernel/ids.ts";
import type { Client } from "../../../modules/application/client.queries.ts";
import type { ScopeReader } from "../../../modules/grant/scope.queries.ts";
import { resolveOrg } from "../authorize/resolve-org.ts";
import type { Entered } from "../enter.ts";
import { OAuthError } from "../errors.ts";
import type { Parameters } from "../parameters.ts";
import { scopesFor } from "../scope.ts";
import type { AudienceFor } from "../token/audience.ts";

export type ResolveDeps = { readonly audienceFor: AudienceFor; readonly scopes: Pick<ScopeReader, "org"> };

type Resolved = {
  readonly scope: readonly string[];
  readonly audience: readonly string[];
  readonly orgId: OrgId | null;
};

/** What the scope of a request asks for, as at the authorization endpoint: reserved scopes hold on every way (class S). */
export const resolveScope = async (
  { audienceFor, scopes }: ResolveDeps,
  { ctx, instance }: Entered,
  client: Client,
  parameters: Parameters,
): Promise<Resolved> => {
  const scope = scopesFor(client, parameters.values.get("scope"), []).filter(
    (one) => one !== "offline_access" || client.oidc?.grantTypes.includes("refresh_token"),
  );
  if (scope.length === 0) {
    throw new OAuthError("invalid_scope", { description: "The parameter scope is missing or names nothing known" });
  }
  const { orgId } = await resolveOrg(scopes.org)({ ctx, instance, scope });
  return { scope, audience: await audienceFor(instance, scope, client), orgId };
};
