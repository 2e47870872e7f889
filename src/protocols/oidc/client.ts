import type { OidcConfig } from "../../modules/application/application.events.ts";
import type { Client } from "../../modules/application/client.queries.ts";

/** A client that people sign in to: not an API, which only introspects. */
export type OidcClient = Client & { readonly oidc: OidcConfig };

/** Whether people sign in to the client. */
export const isOidcClient = (client: Client): client is OidcClient => client.oidc !== null;

/** RFC 6749 §2.1: whether the client can keep a secret. */
export const isConfidential = (client: Client): boolean => client.authMethod !== "none";

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
