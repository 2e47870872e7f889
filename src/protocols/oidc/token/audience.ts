import type { Client } from "../../../modules/application/client.queries.ts";
import type { ScopeReader } from "../../../modules/grant/scope.queries.ts";
import type { OidcInstance } from "../instance.ts";
import { meaningOf } from "../scope.ts";

/**
 * Who may accept tokens that no authorization request asked for: the client, its project with all its clients, and the same
 * of projects that reserved scopes name; `zitadel` is the instance's own. A stranger's client shares its project with other
 * strangers, which none of its tokens are for.
 */
export const audienceFor =
  (audienceOf: ScopeReader["audience"]) =>
  async (
    { instanceId, ownProjectId }: Pick<OidcInstance, "instanceId" | "ownProjectId">,
    scope: readonly string[],
    client: Pick<Client, "clientId" | "projectId" | "stranger"> | null,
  ): Promise<readonly string[]> => {
    const named = meaningOf(scope).projectIds.flatMap((id) => (id === "zitadel" ? (ownProjectId ?? []) : id));
    const asked = [...new Set([...(client === null || client.stranger ? [] : [client.projectId]), ...named])];
    if (asked.length === 0) return client === null ? [] : [client.clientId];
    const { projectIds, clientIds } = await audienceOf(instanceId, asked);
    return [...new Set([...(client === null ? [] : [client.clientId]), ...clientIds, ...projectIds])];
  };

export type AudienceFor = ReturnType<typeof audienceFor>;
