import type { ClaimsRequest } from "../../../modules/auth-request/claims-request.events.ts";
import type { Claims } from "../tokens/claims.ts";
import { type ClaimRequest, type ClaimSource, gatherClaims } from "./claim-sources.ts";

/** Which scope a claim comes with (OpenID Connect Core 1.0 §5.4): asked for by itself, it is that of the same source. */
const scopeOfClaim: Readonly<Record<string, string>> = {
  name: "profile",
  given_name: "profile",
  family_name: "profile",
  nickname: "profile",
  preferred_username: "profile",
  gender: "profile",
  locale: "profile",
  updated_at: "profile",
  email: "email",
  email_verified: "email",
  phone_number: "phone",
  phone_number_verified: "phone",
};

/**
 * OpenID Connect Core 1.0 §5.5: what the scope gives, and the claims that were asked for one by one; nothing else of what
 * stands in the same source. A claim that nobody knows is left out (§5.5.1: essential or not, that is no error).
 */
export const gatherRequested = async (
  sources: readonly ClaimSource[],
  request: ClaimRequest,
  asked: ClaimsRequest["userinfo"],
): Promise<Claims> => {
  const given = await gatherClaims(sources, request);
  return { ...(await claimsAskedOneByOne(sources, request, asked)), ...given };
};

/** Only the claims that were asked for one by one. */
export const claimsAskedOneByOne = async (
  sources: readonly ClaimSource[],
  request: ClaimRequest,
  asked: ClaimsRequest["userinfo"],
): Promise<Claims> => {
  const names = Object.keys(asked ?? {}).filter((name) => Object.hasOwn(scopeOfClaim, name));
  if (names.length === 0) return {};
  const scope = [...new Set(names.flatMap((name) => scopeOfClaim[name] ?? []))];
  const found = await gatherClaims(sources, { ...request, scope });
  return Object.fromEntries(names.flatMap((name) => (found[name] === undefined ? [] : [[name, found[name]]])));
};
