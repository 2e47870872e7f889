import { endpoints } from "./endpoints.ts";
import type { OidcInstance } from "./instance.ts";

/** RFC 9728 §2: Munot's own API as a resource. Its scope is ZITADEL's: the audience of the instance's own project. */
export const protectedResourceDocument = ({ issuer }: Pick<OidcInstance, "issuer">) => ({
  resource: issuer,
  authorization_servers: [issuer],
  jwks_uri: issuer + endpoints.keys,
  scopes_supported: ["openid", "urn:zitadel:iam:org:project:id:zitadel:aud"],
  bearer_methods_supported: ["header"],
  resource_name: "Munot API",
  dpop_bound_access_tokens_required: false,
});

/** RFC 6750 §3 with RFC 9728 §5.1. */
export const bearerChallenge = (metadata: string, error: string | null): string =>
  `Bearer ${error === null ? "" : `error="${error}", `}resource_metadata="${metadata}"`;
