import type { InstanceId, ProjectId } from "../../../kernel/ids.ts";
import type { Client } from "../../../modules/application/client.queries.ts";
import type { ScopeReader } from "../../../modules/grant/scope.queries.ts";
import type { OidcInstance } from "../instance.ts";
import { meaningOf } from "../scope.ts";
import type { WithScope } from "./check-scope.ts";
import type { WithClient } from "./load-client.ts";
import type { WithInstance } from "./request.ts";
import type { Step } from "./steps.ts";

export type WithAudience = { readonly audience: readonly string[] };

/**
 * Who may accept the tokens, as ZITADEL says it: the client, all clients of its project and the project itself, and the
 * same of projects named by `urn:zitadel:iam:org:project:id:{id}:aud`. A stranger's client shares its project with other
 * strangers: its tokens are for nobody but itself.
 */
export const resolveAudience =
  (audienceOf: ScopeReader["audience"]): Step<WithInstance & WithClient & WithScope, WithAudience> =>
  async ({ instance, client, scope }) => {
    const asked = namedProjects(instance, scope);
    const { projectIds, clientIds } = await lookUp(audienceOf, instance.instanceId, [...ownProject(client), ...asked]);
    return { audience: [...new Set([client.clientId, ...clientIds, ...projectIds])] };
  };

const ownProject = ({ stranger, projectId }: Client): readonly string[] => (stranger === undefined ? [projectId] : []);

const lookUp = (audienceOf: ScopeReader["audience"], instanceId: InstanceId, ids: readonly string[]) =>
  audienceOf(instanceId, [...new Set(ids)]);

/** The projects that reserved scopes name; `zitadel` is the instance's own. */
const namedProjects = ({ ownProjectId }: OidcInstance, scope: readonly string[]): readonly (string | ProjectId)[] =>
  meaningOf(scope).projectIds.flatMap((id) => (id === "zitadel" ? (ownProjectId ?? []) : id));
