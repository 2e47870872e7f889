import type { ClientRegistrationReader } from "../../modules/client-registration/client-registration.queries.ts";
import { keysCacheSeconds } from "../../modules/web-key/web-key.events.ts";
import type { WebKeyReader } from "../../modules/web-key/web-key.queries.ts";
import type { LaneRoute } from "../../platform/http/lane.ts";
import { signingAlgorithms } from "../../platform/keys/algorithms.ts";
import { methodsWithin } from "./client-auth/methods.ts";
import { discoveryDocument, type Supported } from "./discovery.ts";
import { endpoints } from "./endpoints.ts";
import type { Enter } from "./enter.ts";
import { allowAnyOrigin } from "./http.ts";
import { protectedResourceDocument } from "./protected-resource.ts";
import { grantRegistry } from "./token/grants/registry.ts";

export type MetadataDeps = Parameters<typeof methodsWithin>[0] & {
  readonly enter: Enter;
  readonly webKeys: Pick<WebKeyReader, "published">;
  readonly registration: Pick<ClientRegistrationReader, "policyOf">;
  readonly certificates: Supported["certificates"];
};

/** How long verifiers may keep what is published: a new key is published well before it signs. */
const publicCache = `public, max-age=${keysCacheSeconds}`;

/**
 * What is published of an instance: OpenID Connect Discovery 1.0 §4, the same by the name of RFC 8414 §3 (an issuer here has
 * no path, so there is one address), and what RFC 9728 §3 asks of Munot's own API as a resource.
 */
export const metadataEndpoints = (deps: MetadataDeps): readonly (readonly [path: string, LaneRoute["answer"]])[] => {
  const supported = {
    grantTypes: Object.keys(grantRegistry),
    clientAuthMethods: methodsWithin(deps),
    certificates: deps.certificates,
  };
  const provider: LaneRoute["answer"] = async (request, reply) => {
    const { instance } = await deps.enter(request);
    const keys = await deps.webKeys.published(instance.instanceId);
    // The active key's first, then all that an application can ask for: a key of it is made then.
    const algorithms = [...new Set([...keys.slice(0, 1).flatMap(({ alg }) => alg ?? []), ...signingAlgorithms])];
    const { registration, metadataDocuments } = await deps.registration.policyOf(instance.instanceId);
    return allowAnyOrigin(reply)
      .header("cache-control", publicCache)
      .send(
        discoveryDocument(instance, {
          ...supported,
          signingAlgorithms: algorithms,
          registration: registration !== "off",
          metadataDocuments,
        }),
      );
  };
  return [
    [endpoints.discovery, provider],
    [endpoints.authorizationServer, provider],
    [
      endpoints.protectedResource,
      async (request, reply) => {
        const { instance } = await deps.enter(request);
        return allowAnyOrigin(reply).header("cache-control", publicCache).send(protectedResourceDocument(instance));
      },
    ],
  ];
};
