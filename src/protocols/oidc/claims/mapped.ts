import type { Json } from "../../../kernel/json.ts";
import { epochSeconds } from "../../../kernel/time.ts";
import type { ClaimMapping, ClientSettings } from "../../../modules/application/client-settings.events.ts";
import { isOwnClaim } from "../../../modules/application/client-settings-rules.ts";
import type { AuthorizationReader } from "../../../modules/authorization/authorization.queries.ts";
import type { GrantReader, Subject } from "../../../modules/grant/grant.queries.ts";
import { rolesMeaningOf } from "../scope.ts";
import type { Claims } from "../tokens/claims.ts";
import type { ClaimRequest } from "./claim-sources.ts";

/** Where an application wants a claim: introspection gives what stands in access tokens. */
export type ClaimPlace = ClaimMapping["in"][number];

/** What an application has set about claims. */
export type ClaimRules = Pick<ClientSettings, "claimMappings" | "flatRolesClaim">;

/** Lays an application's own claims over those that are there. */
export type MapClaims = (
  rules: ClaimRules | null,
  place: ClaimPlace,
  request: () => Promise<ClaimRequest | null>,
  claims: Claims,
) => Promise<Claims>;

/** Fields of a user by the names that userinfo has for them, and those that only Munot has. */
const userFields: Readonly<Record<string, (subject: Subject) => Json>> = {
  id: ({ userId }) => userId,
  login_name: ({ loginName }) => loginName,
  preferred_username: ({ loginName }) => loginName,
  name: ({ displayName }) => displayName,
  given_name: ({ givenName }) => givenName,
  family_name: ({ familyName }) => familyName,
  nickname: ({ nickName }) => nickName,
  gender: ({ gender }) => (gender === "unspecified" ? "" : gender),
  locale: ({ preferredLanguage }) => preferredLanguage,
  email: ({ email }) => email,
  email_verified: ({ emailVerified }) => emailVerified,
  phone_number: ({ phone }) => phone,
  phone_number_verified: ({ phoneVerified }) => phoneVerified,
  updated_at: ({ changedAt }) => epochSeconds(changedAt),
};

/** Text where the bytes are text, else base64url: a claim is JSON. */
const textOf = (bytes: Uint8Array): string => {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return Buffer.from(bytes).toString("base64url");
  }
};

/** A claim that says that another one is proven must not stay beside a value that was not. */
const provenBy: Readonly<Record<string, string>> = {
  email: "email_verified",
  phone_number: "phone_number_verified",
};

/**
 * Claims that an application has asked for without code: fields of the user, metadata, the organization, constants, and the
 * keys of the user's roles in its project as a plain list. What Munot states itself is never overwritten (flaw class:
 * reserved claims), whenever and by whomever the mapping was stored.
 */
export const mapClaims =
  ({
    metadata,
    grantedRoles,
  }: {
    readonly metadata: GrantReader["metadata"];
    readonly grantedRoles: AuthorizationReader["grantedRoles"];
  }): MapClaims =>
  async (rules, place, requestOf, claims) => {
    if (rules === null) return claims;
    const { flatRolesClaim } = rules;
    const mappings = rules.claimMappings.filter((one) => one.in.includes(place) && !isOwnClaim(one.claim));
    const isFlat = flatRolesClaim !== null && !isOwnClaim(flatRolesClaim);
    if (mappings.length === 0 && !isFlat) return claims;
    const request = await requestOf();
    if (request === null) return claims;

    const { ctx, subject } = request;
    const asks = (from: ClaimMapping["source"]["from"]) => mappings.some(({ source }) => source.from === from);
    const notes = asks("user_metadata")
      ? await metadata(ctx.instanceId, subject.userId)
      : new Map<string, Uint8Array>();
    const roles = isFlat || asks("roles") ? await roleKeys(grantedRoles, request) : [];

    const claimValue = ({ source }: ClaimMapping): Json | undefined => {
      switch (source.from) {
        case "user":
          return Object.hasOwn(userFields, source.field) ? userFields[source.field]?.(subject) : undefined;
        case "user_metadata": {
          const note = notes.get(source.key);
          return note === undefined ? undefined : textOf(note);
        }
        case "roles":
          return roles;
        case "organization":
          return { id: subject.org.id, name: subject.org.name, primary_domain: subject.org.primaryDomain }[
            source.field
          ];
        case "constant":
          return source.value;
      }
    };

    const all: Record<string, Json | undefined> = { ...claims, ...(isFlat ? { [flatRolesClaim]: roles } : {}) };
    for (const mapping of mappings) {
      const value = claimValue(mapping);
      // Nothing to say leaves what the scope gives, as it is.
      if (value === undefined || value === "") continue;
      all[mapping.claim] = value;
      const proof = provenBy[mapping.claim];
      const isSame = mapping.source.from === "user" && mapping.source.field === mapping.claim;
      if (proof !== undefined && !isSame) delete all[proof];
    }
    return all;
  };

const roleKeys = async (
  grantedRoles: AuthorizationReader["grantedRoles"],
  { ctx, subject, scope, project }: ClaimRequest,
): Promise<readonly string[]> => {
  if (project === null) return [];
  const { orgIds } = rolesMeaningOf(scope);
  const given = await grantedRoles(ctx.instanceId, subject.userId, [project.id]);
  const counted = given.filter(({ org }) => orgIds.length === 0 || orgIds.includes(org.id));
  return [...new Set(counted.map(({ key }) => key))];
};
