import type { ClaimSource } from "./claim-sources.ts";

/** OpenID Connect Core 1.0 §5.4: the scope `email`. */
export const emailClaims: ClaimSource = ({ subject, scope }) =>
  scope.includes("email") && subject.email !== ""
    ? { email: subject.email, email_verified: subject.emailVerified }
    : {};
