import type { Client } from "../../modules/application/client.queries.ts";
import { isWithin } from "../../modules/client-registration/client-registration.events.ts";
import type { ScopeReader } from "../../modules/grant/scope.queries.ts";
import { OAuthError } from "./errors.ts";
import type { OidcInstance } from "./instance.ts";
import { meaningOf } from "./scope.ts";

/** Resources as they were asked for, and the audience of tokens for them. */
export type Target = { readonly resources: string[]; readonly audience: string[] };

/** Finds whom `resource` parameters name; `null` when there are none. */
export type TargetOf = (
  instance: Pick<OidcInstance, "instanceId" | "issuer" | "ownProjectId">,
  client: Pick<Client, "settings" | "stranger"> | null,
  resources: readonly string[],
) => Promise<Target | null>;

const resourcesMax = 20;
const resourceChars = 2_000;

/** RFC 8707 §2: an absolute URI without a fragment. */
const isResource = (uri: string): boolean => uri.length <= resourceChars && URL.canParse(uri) && !uri.includes("#");

/**
 * RFC 8707 §2: a resource is an API that is registered under that URI, a project by its reserved scope, Munot's own API by
 * the issuer, or a URI that the client has registered to ask for. Anything else is no target, and nobody else gets the
 * token: the audience is the resources' alone.
 */
export const targetFinder =
  ({ resources: findApis, audience: audienceOf }: Pick<ScopeReader, "resources" | "audience">): TargetOf =>
  async (instance, client, resources) => {
    if (resources.length === 0) return null;
    if (resources.length > resourcesMax || !resources.every(isResource)) throw new OAuthError("invalid_target");
    const apis = await findApis(instance.instanceId, resources);
    const projects = meaningOf(resources).projectIds.flatMap((id) =>
      id === "zitadel" ? (instance.ownProjectId ?? []) : id,
    );
    const found = await audienceOf(instance.instanceId, projects);
    const projectIds: readonly string[] = found.projectIds;

    const audience = resources.flatMap((resource) => {
      const { stranger } = client ?? {};
      if (stranger !== undefined && !mayAsk(instance, stranger.resources, resource)) {
        throw new OAuthError("invalid_target", { detail: "a resource is not for clients that nobody set up" });
      }
      // First what is Munot's own to name: no application takes these names by registering them.
      if (isOwn(instance, resource))
        return [resource, ...(instance.ownProjectId === null ? [] : [instance.ownProjectId])];
      const [named] = meaningOf([resource]).projectIds;
      const project = named === "zitadel" ? instance.ownProjectId : (named ?? null);
      if (project !== null && projectIds.includes(project)) return [project, ...found.clientIds];
      const api = apis.get(resource);
      if (api !== undefined) return [resource, api];
      if (stranger !== undefined || client?.settings.resources.includes(resource)) return [resource];
      throw new OAuthError("invalid_target", { detail: "a resource is not known" });
    });
    return { resources: [...resources], audience: [...new Set(audience)] };
  };

/** A stranger's client: only what the policy names, and Munot's own API only where it is named itself. */
const mayAsk = (instance: Pick<OidcInstance, "issuer">, beginnings: readonly string[], resource: string): boolean =>
  isOwn(instance, resource) ? beginnings.some((one) => isOwn(instance, one)) : isWithin(beginnings, resource);

/** Munot's own API, as its protected resource metadata name it (RFC 9728 §2). */
const isOwn = ({ issuer }: Pick<OidcInstance, "issuer">, resource: string): boolean =>
  resource === issuer || resource === `${issuer}/`;
