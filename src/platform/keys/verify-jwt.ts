import { z } from "zod";
import { epochSeconds, type Instant } from "../../kernel/time.ts";
import { type JwsHeader, parseJson, type VerificationKey, verifyJws } from "./verifying.ts";

const numericDate = z.number().min(0).max(Number.MAX_SAFE_INTEGER);

const claimsForm = z.looseObject({
  iss: z.string().optional(),
  sub: z.string().optional(),
  aud: z.union([z.string(), z.array(z.string())]).optional(),
  exp: numericDate.optional(),
  nbf: numericDate.optional(),
  iat: numericDate.optional(),
  jti: z.string().optional(),
});

export type JwtClaims = z.output<typeof claimsForm>;

const acceptedExpiry: unique symbol = Symbol("accepted expiry");

/** Lets an expired token pass; made by {@link acceptExpired} only, so that each use says why. */
export type AcceptExpired = { readonly [acceptedExpiry]: string };

/** Accepts expired tokens; `reason` cites why that is safe, for example an `id_token_hint`. */
export const acceptExpired = (reason: string): AcceptExpired => ({ [acceptedExpiry]: reason });

/** What a token must say beside being signed. All of it is asked for; there is no "any". */
export type JwtExpectations = {
  readonly issuer: string;
  /** at least one of them must be among the token's audiences */
  readonly audience: readonly string[];
  readonly now: Instant;
  readonly expiry: "required" | AcceptExpired;
  /** RFC 7523 §3 leaves `iat` to the issuer of an assertion; what has none is as old as its `exp` lets it be */
  readonly issuedAt?: "optional";
  /** largest distance between `exp` and `iat` or now, against assertions that live for years */
  readonly maxLifeSeconds?: number;
  /** `typ` of the header (RFC 8725 §3.11), compared without `application/` and case */
  readonly typ?: string;
};

/** Clocks of well-run hosts differ by less. */
const toleratedSkewSeconds = 30;

export type VerifiedJwt =
  | { readonly ok: true; readonly header: JwsHeader; readonly claims: JwtClaims }
  | {
      readonly ok: false;
      readonly reason: "signature" | "form" | "issuer" | "audience" | "expired" | "not_yet_valid" | "typ";
    };

const refused = (reason: (VerifiedJwt & { ok: false })["reason"]): VerifiedJwt => ({ ok: false, reason });

/**
 * Verifies a JWT (RFC 7519 §7.2, RFC 8725): signature under a key's own algorithm, then `typ`, issuer, audience and times.
 * `exp` and `iat` must be there (GHSA-wxg7-w2v3-w38g: missing ones were taken as "never expires").
 */
export const verifyJwt = async (
  token: string,
  keys: readonly VerificationKey[],
  expected: JwtExpectations,
): Promise<VerifiedJwt> => {
  const verified = await verifyJws(token, keys);
  return verified === null ? refused("signature") : checkJwt(verified, expected);
};

/** The same for a token whose signature has been verified by other means. */
export const checkJwt = (
  verified: { readonly header: JwsHeader; readonly payload: Uint8Array },
  expected: JwtExpectations,
): VerifiedJwt => {
  const { header } = verified;
  const claims = claimsForm.safeParse(parseJson(verified.payload)).data;
  if (claims?.exp === undefined) return refused("form");
  if (claims.iat === undefined && expected.issuedAt !== "optional") return refused("form");
  if (expected.typ !== undefined && bareType(header.typ) !== bareType(expected.typ)) return refused("typ");
  if (claims.iss !== expected.issuer) return refused("issuer");
  const audiences = typeof claims.aud === "string" ? [claims.aud] : (claims.aud ?? []);
  if (!audiences.some((audience) => expected.audience.includes(audience))) return refused("audience");
  const reason = badTime({ ...claims, exp: claims.exp }, expected);
  return reason === null ? { ok: true, header, claims } : refused(reason);
};

const bareType = (typ: string | undefined): string | undefined => typ?.toLowerCase().replace(/^application\//, "");

const badTime = (
  {
    exp,
    iat = 0,
    nbf = 0,
  }: { readonly exp: number; readonly iat?: number | undefined; readonly nbf?: number | undefined },
  expected: JwtExpectations,
): "expired" | "not_yet_valid" | null => {
  const now = epochSeconds(expected.now);
  if (Math.max(iat, nbf) > now + toleratedSkewSeconds) return "not_yet_valid";
  if (expected.expiry !== "required") return null;
  if (exp <= now - toleratedSkewSeconds || exp <= iat) return "expired";
  const tooLong = expected.maxLifeSeconds !== undefined && exp > now + expected.maxLifeSeconds + toleratedSkewSeconds;
  return tooLong ? "expired" : null;
};
