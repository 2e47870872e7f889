import type { ClaimSource } from "./claim-sources.ts";

/** OpenID Connect Core 1.0 §5.4: the scope `phone`. */
export const phoneClaims: ClaimSource = ({ subject, scope }) =>
  scope.includes("phone") && subject.phone !== ""
    ? { phone_number: subject.phone, phone_number_verified: subject.phoneVerified }
    : {};
