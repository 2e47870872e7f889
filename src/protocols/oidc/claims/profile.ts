import { epochSeconds } from "../../../kernel/time.ts";
import type { ClaimSource } from "./claim-sources.ts";

const given = (text: string): string | undefined => (text === "" ? undefined : text);

/** OpenID Connect Core 1.0 §5.4: the scope `profile`. `preferred_username` is the preferred login name, as ZITADEL's. */
export const profileClaims: ClaimSource = ({ subject, scope }) =>
  scope.includes("profile")
    ? {
        name: given(subject.displayName),
        given_name: given(subject.givenName),
        family_name: given(subject.familyName),
        nickname: given(subject.nickName),
        gender: subject.gender === "unspecified" ? undefined : subject.gender,
        locale: given(subject.preferredLanguage),
        preferred_username: subject.loginName,
        updated_at: epochSeconds(subject.changedAt),
      }
    : {};
