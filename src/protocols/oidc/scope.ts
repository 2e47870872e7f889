import { limits } from "../../kernel/limits.ts";
import type { Client } from "../../modules/application/client.queries.ts";
import { OAuthError } from "./errors.ts";
import { spaceDelimited } from "./parameters.ts";

const standardScopes = ["openid", "profile", "email", "phone", "address", "offline_access"] as const;

/** Asks for the claim `roles`: the keys of the user's roles in the client's project, as a plain list (RFC 9068 §2.2.3.1). */
export const rolesScope = "roles";

/** The scopes that discovery names. */
export const supportedScopes: readonly string[] = [...standardScopes, rolesScope];

/** ZITADEL's reserved scopes that take a value at the end. */
const reserved = {
  orgId: "urn:zitadel:iam:org:id:",
  orgDomain: "urn:zitadel:iam:org:domain:primary:",
  role: "urn:zitadel:iam:org:project:role:",
  rolesOfOrg: "urn:zitadel:iam:org:roles:id:",
  projectAudience: /^urn:zitadel:iam:org:project:id:([^:]+):aud$/,
} as const;

/** Asks for the user's organization. */
export const resourceOwnerScope = "urn:zitadel:iam:user:resourceowner";

/** Asks for the user's metadata. */
export const metadataScope = "urn:zitadel:iam:user:metadata";

/** Asks for all roles in the client's project; also the name of the claim. */
export const projectRolesScope = "urn:zitadel:iam:org:project:roles";
/** Asks for the roles in every project of the audience. */
const allProjectsRolesScope = "urn:zitadel:iam:org:projects:roles";

const reservedPrefix = "urn:zitadel:iam:";

/** RFC 6749 Appendix A.4: printable ASCII but space, `"` and `\`. */
const scopeToken = /^[\x21\x23-\x5B\x5D-\x7E]+$/;
const scopesMax = 100;
const scopeChars = 200;

/**
 * The scopes asked for that mean something here, or for which `isKnown` speaks, in the order they came. Unknown ones are ignored (OpenID Connect Core 1.0
 * §3.1.2.1), malformed ones refused (RFC 6749 §3.3).
 */
export const readScope = (
  value: string | undefined,
  isKnown: (scope: string) => boolean = () => false,
): readonly string[] => {
  const asked = spaceDelimited(value);
  const wellFormed = asked.every((one) => one.length <= scopeChars && scopeToken.test(one));
  if (!wellFormed || asked.length > scopesMax || (value?.length ?? 0) > limits.textChars) {
    throw new OAuthError("invalid_scope", { description: "The scope is malformed or too long" });
  }
  return asked.filter((one) => isOurs(one) || isKnown(one));
};

/** Whether a scope means something to Munot itself; any other one is the vocabulary of a resource (RFC 6750 §3). */
const isOurs = (scope: string): boolean => supportedScopes.includes(scope) || scope.startsWith(reservedPrefix);

/**
 * The scopes that a client may ask for: those it is set up with, and those of the resources that it names, for which alone
 * its tokens then are.
 */
export const scopesFor = (
  client: Pick<Client, "settings">,
  value: string | undefined,
  resources: readonly string[],
): readonly string[] => {
  const { scopes } = client.settings;
  const isOfResource = (scope: string): boolean => resources.length > 0 && !isOurs(scope);
  return readScope(value, (scope) => isOfResource(scope) || scopes?.includes(scope) === true).filter(
    (scope) => scopes === null || scopes.includes(scope) || isOfResource(scope),
  );
};

/** What reserved scopes ask for beyond claims. */
export type ScopeMeaning = {
  /** projects named by `…:project:id:{id}:aud`; `zitadel` stands for the instance's own */
  readonly projectIds: readonly string[];
  /** the user must belong to this org */
  readonly orgId: string | null;
  /** the user must belong to the org with this primary domain */
  readonly orgDomain: string | null;
};

/** What of the user's roles a scope asks for. */
export type RolesMeaning = {
  /** roles of the client's project that are asked for by their keys */
  readonly keys: readonly string[];
  /** all roles of the client's project */
  readonly ofProject: boolean;
  /** the keys as a plain list */
  readonly asList: boolean;
  readonly ofAudience: boolean;
  /** roles that were given on these organizations only; empty: on any */
  readonly orgIds: readonly string[];
};

const valuesOf = (scope: readonly string[], prefix: string): readonly string[] =>
  scope.flatMap((one) => (one.startsWith(prefix) && one.length > prefix.length ? [one.slice(prefix.length)] : []));

/** What a scope asks for of the user's roles. */
export const rolesMeaningOf = (scope: readonly string[]): RolesMeaning => ({
  keys: valuesOf(scope, reserved.role),
  ofProject: scope.includes(projectRolesScope),
  asList: scope.includes(rolesScope),
  ofAudience: scope.includes(allProjectsRolesScope),
  orgIds: valuesOf(scope, reserved.rolesOfOrg),
});

/** What a scope's reserved values ask for. */
export const meaningOf = (scope: readonly string[]): ScopeMeaning => ({
  projectIds: scope.flatMap((one) => reserved.projectAudience.exec(one)?.[1] ?? []),
  orgId: last(scope, reserved.orgId),
  orgDomain: last(scope, reserved.orgDomain),
});

/** Two different orgs cannot both be the user's: refused, so that no one of them is silently dropped. */
const last = (scope: readonly string[], prefix: string): string | null => {
  const values = scope.filter((one) => one.startsWith(prefix)).map((one) => one.slice(prefix.length));
  if (values.length > 1)
    throw new OAuthError("invalid_scope", { description: "More than one organization was asked for" });
  return values[0] || null;
};
