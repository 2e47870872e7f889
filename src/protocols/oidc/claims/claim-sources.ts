import type { Ctx } from "../../../kernel/actor.ts";
import type { ProjectId } from "../../../kernel/ids.ts";
import type { AuthorizationReader } from "../../../modules/authorization/authorization.queries.ts";
import type { GrantReader, Subject } from "../../../modules/grant/grant.queries.ts";
import type { Claims } from "../tokens/claims.ts";
import { emailClaims } from "./email.ts";
import { type MapClaims, mapClaims } from "./mapped.ts";
import { metadataClaims } from "./metadata.ts";
import { organizationClaims } from "./organization.ts";
import { phoneClaims } from "./phone.ts";
import { profileClaims } from "./profile.ts";
import { roleClaims } from "./roles.ts";

/** For whom claims are gathered. */
export type ClaimRequest = {
  readonly ctx: Ctx;
  readonly subject: Subject;
  readonly scope: readonly string[];
  readonly audience: readonly string[];
  /** the project whose roles count: the client's, or that of the API that asks */
  readonly project: { readonly id: ProjectId; readonly roleAssertion: boolean } | null;
};

/** One source of claims about a user: it looks at the scope itself and gives nothing when it was not asked for. */
export type ClaimSource = (request: ClaimRequest) => Claims | Promise<Claims>;

/** What is said of users: about the person, and which roles it has. Applications choose which of both their tokens hold. */
export type ClaimSources = {
  readonly user: readonly ClaimSource[];
  readonly roles: readonly ClaimSource[];
  /** what an application has set of its own, over what the others give */
  readonly map: MapClaims;
};

/** All that is said of a user, at userinfo and introspection. A further source is a file and a line here. */
export const claimSources = ({ grants, authorizations }: ClaimSourcesDeps): ClaimSources => ({
  user: [profileClaims, emailClaims, phoneClaims, organizationClaims, metadataClaims(grants.metadata)],
  roles: [roleClaims(authorizations.grantedRoles)],
  map: mapClaims({ metadata: grants.metadata, grantedRoles: authorizations.grantedRoles }),
});

export type ClaimSourcesDeps = {
  readonly grants: Pick<GrantReader, "metadata">;
  readonly authorizations: Pick<AuthorizationReader, "grantedRoles">;
};

/** Claims of all sources. `sub` is always the user's id, whatever a source says (OpenID Connect Core 1.0 §5.3.2). */
export const gatherClaims = async (sources: readonly ClaimSource[], request: ClaimRequest): Promise<Claims> => {
  const parts = await Promise.all(sources.map(async (source) => source(request)));
  return { ...Object.assign({}, ...parts), sub: request.subject.userId };
};

/** What discovery says can be asserted (OpenID Connect Discovery 1.0 §3). */
export const claimsSupported = [
  "sub",
  "aud",
  "exp",
  "iat",
  "iss",
  "auth_time",
  "nonce",
  "acr",
  "amr",
  "at_hash",
  "c_hash",
  "client_id",
  "azp",
  "sid",
  "preferred_username",
  "name",
  "family_name",
  "given_name",
  "nickname",
  "gender",
  "locale",
  "updated_at",
  "email",
  "email_verified",
  "phone_number",
  "phone_number_verified",
  "roles",
  "urn:zitadel:iam:org:project:roles",
  "urn:zitadel:iam:user:metadata",
  "urn:zitadel:iam:user:resourceowner:id",
  "urn:zitadel:iam:user:resourceowner:name",
  "urn:zitadel:iam:user:resourceowner:primary_domain",
] as const;
