import { addSeconds, type Instant } from "../../kernel/time.ts";
import type { Factors } from "./session.events.ts";

/** A proof that somebody is the user. */
export type Factor = "password";

export type FactorRules = {
  /** how long a checked password counts; 0: as long as the session lives */
  readonly passwordCheckLifetimeSeconds: number;
};

/** Why a factor is asked for. */
export type MissingFactor = { readonly factor: Factor; readonly why: "unchecked" | "expired" | "asked_again" };

/**
 * What a session still has to prove before it may sign its user in somewhere: THE one place that knows which factors are
 * required, for our pages and for logins built on the API alike (GHSA-cfjq-28r2-4jv5: elsewhere only one of them asked).
 * `notBefore`: older proofs do not count for this request.
 */
export const missingFactors = (
  { passwordCheckedAt }: Factors,
  rules: FactorRules,
  { now, notBefore }: { readonly now: Instant; readonly notBefore: Instant },
): readonly MissingFactor[] => {
  if (passwordCheckedAt === null) return [{ factor: "password", why: "unchecked" }];
  const lifetime = rules.passwordCheckLifetimeSeconds;
  if (lifetime > 0 && addSeconds(passwordCheckedAt, lifetime) <= now) return [{ factor: "password", why: "expired" }];
  return passwordCheckedAt < notBefore ? [{ factor: "password", why: "asked_again" }] : [];
};
