import type { OidcConfig } from "../../modules/application/application.events.ts";
import type { Client } from "../../modules/application/client.queries.ts";

/** A client that people sign in to: not an API, which only introspects. */
export type OidcClient = Client & { readonly oidc: OidcConfig };

/** Whether people sign in to the client. */
export const isOidcClient = (client: Client): client is OidcClient => client.oidc !== null;

/** Names of client authentication (OpenID Connect Core 1.0 §9, RFC 8705 §2) for ZITADEL's own. */
const authMethodNames = {
  basic: "client_secret_basic",
  post: "client_secret_post",
  private_key_jwt: "private_key_jwt",
  none: "none",
} as const satisfies Record<Client["authMethod"], string>;

/** The one method that a client is registered for. */
export const registeredMethod = ({ settings, authMethod }: Pick<Client, "settings" | "authMethod">) =>
  settings.tokenEndpointAuthMethod ?? authMethodNames[authMethod];

/** RFC 6749 §2.1: whether the client can prove who it is. */
export const isConfidential = (client: Pick<Client, "settings" | "authMethod">): boolean =>
  registeredMethod(client) !== "none";

/** The origins from which a client's scripts call us: those of its redirect URIs, and what it registered besides. */
export const originsOf = (uris: readonly string[]): ReadonlySet<string> =>
  new Set(uris.flatMap((uri) => originOf(uri) ?? []));

const originOf = (uri: string): string | null => {
  const url = URL.parse(uri);
  return url !== null && (url.protocol === "https:" || url.protocol === "http:") ? url.origin : null;
};

/** The URIs from whose origins a client's scripts may call us. */
export const urisOf = ({ oidc }: Client): readonly string[] =>
  oidc === null ? [] : [...oidc.redirectUris, ...oidc.additionalOrigins];
