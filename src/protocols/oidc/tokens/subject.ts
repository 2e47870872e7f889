import { type ClientId, type UserId, userId } from "../../../kernel/ids.ts";
import type { ClientSettings } from "../../../modules/application/client-settings.events.ts";
import { openPseudonym, pseudonymOf } from "../../../platform/crypto/pseudonym.ts";
import { reveal } from "../../../platform/crypto/secret.ts";
import type { OidcInstance } from "../instance.ts";

/** What of a client decides by which name it knows people; a client and the client of a token both have it. */
export type SubjectClient = {
  readonly clientId: ClientId;
  readonly settings: Pick<ClientSettings, "subjectType" | "sectorIdentifierUri">;
  readonly oidc: { readonly redirectUris: readonly string[] } | null;
};

type WithSubjectKey = Pick<OidcInstance, "subjectKey">;

/** OpenID Connect Core 1.0 §8: the values that `subject_type` can have. */
export const subjectTypesSupported = ["public", "pairwise"] as const;

/**
 * OpenID Connect Core 1.0 §8.1: the host of `sector_identifier_uri`, else that of the redirect URIs. Where they have more
 * than one host, or none (native apps), nothing tells whose sites belong together: then the client is its own sector.
 */
export const sectorOf = ({ clientId, settings, oidc }: SubjectClient): string => {
  const uris = settings.sectorIdentifierUri === null ? (oidc?.redirectUris ?? []) : [settings.sectorIdentifierUri];
  const hosts = new Set(uris.map((uri) => URL.parse(uri)?.hostname ?? ""));
  const [host, another] = [...hosts];
  return host === undefined || host === "" || another !== undefined ? `client ${clientId}` : host;
};

/**
 * The `sub` by which a client knows a user (OpenID Connect Core 1.0 §8): the user's id, or a name that it shares with the
 * clients of its own sector only. The same in ID tokens, userinfo, access tokens, introspection and logout tokens.
 */
export const subjectFor = ({ subjectKey }: WithSubjectKey, client: SubjectClient | null, user: UserId): string =>
  client === null || client.settings.subjectType === "public"
    ? user
    : pseudonymOf(reveal(subjectKey), sectorOf(client), user);

/** The user whom a client means by a `sub` that {@link subjectFor} gave it; `null`: nobody. */
export const userOfSubject = (
  { subjectKey }: WithSubjectKey,
  client: SubjectClient | null,
  subject: string,
): UserId | null => {
  const isPublic = client === null || client.settings.subjectType === "public";
  const id = isPublic ? subject : openPseudonym(reveal(subjectKey), sectorOf(client), subject);
  return userId.safeParse(id).data ?? null;
};
