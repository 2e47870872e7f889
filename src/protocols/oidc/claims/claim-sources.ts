import type { Ctx } from "../../../kernel/actor.ts";
import type { Subject } from "../../../modules/grant/grant.queries.ts";
import type { Claims } from "../tokens/claims.ts";
import { emailClaims } from "./email.ts";
import { organizationClaims } from "./organization.ts";
import { phoneClaims } from "./phone.ts";
import { profileClaims } from "./profile.ts";

/** For whom claims are gathered. */
export type ClaimRequest = {
  readonly ctx: Ctx;
  readonly subject: Subject;
  readonly scope: readonly string[];
  readonly audience: readonly string[];
};

/** One source of claims about a user: it looks at the scope itself and gives nothing when it was not asked for. */
export type ClaimSource = (request: ClaimRequest) => Claims | Promise<Claims>;

/** All that is said of a user, at userinfo and introspection. A further source is a file and a line here. */
export const claimSources: readonly ClaimSource[] = [profileClaims, emailClaims, phoneClaims, organizationClaims];

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
  "amr",
  "at_hash",
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
] as const;
