import { z } from "zod";
import { epochSeconds, type Instant } from "../../../kernel/time.ts";
import { decodeBase64url } from "../../../platform/crypto/secret.ts";
import { parseJson, readJwsHeader, verifyJws } from "../../../platform/keys/verifying.ts";
import type { OidcClient } from "../client.ts";
import type { KeysOfClient } from "../client-auth/private-key-jwt.ts";
import { OAuthError } from "../errors.ts";
import type { OidcInstance } from "../instance.ts";
import { rulesOf } from "../security-profile.ts";

export type RequestObject = {
  /** parameters as claims, with those about the JWT itself */
  readonly claims: Readonly<Record<string, unknown>>;
  readonly isSigned: boolean;
  /** its type is that of RFC 9101 §10.8, so RFC 9101 it is and not OpenID Connect's own merging */
  readonly isTyped: boolean;
};

/** Verifies a request object of the client; refuses with `invalid_request_object`. */
export type ReadRequestObject = (
  instance: Pick<OidcInstance, "instanceId" | "issuer">,
  client: OidcClient,
  object: string,
  now: Instant,
) => Promise<RequestObject>;

const numericDate = z.number().min(0).max(Number.MAX_SAFE_INTEGER);
const jwtClaims = z.looseObject({
  iss: z.string().optional(),
  sub: z.string().optional(),
  aud: z.union([z.string(), z.array(z.string())]).optional(),
  exp: numericDate.optional(),
  nbf: numericDate.optional(),
  iat: numericDate.optional(),
  client_id: z.string().optional(),
});

const toleratedSeconds = 30;

const refuse = (detail: string): OAuthError =>
  new OAuthError("invalid_request_object", { detail: `request object: ${detail}` });

/**
 * RFC 9101 §6: signed by the client with an algorithm that it may use, for us, now. Unsigned objects of OpenID Connect (Core 1.0
 * §6.1) count as what they are: no more than plain parameters, and nothing to whoever must sign. Dynamic Client
 * Registration 1.0 §2: without a registered algorithm any may be used, `none` as well.
 */
export const requestObjectReader =
  (keysOf: KeysOfClient): ReadRequestObject =>
  async (instance, client, object, now) => {
    const { requestObjectSigningAlg: registered } = client.settings;
    const header = readJwsHeader(object);
    if (header === null) throw refuse("not a signed JWT");
    const typ = (header.typ ?? "jwt").toLowerCase().replace(/^application\//, "");
    if (typ !== "jwt" && typ !== "oauth-authz-req+jwt") throw refuse("typ");
    if (registered !== null && registered !== header.alg) throw refuse("not the registered algorithm");
    const isTyped = typ === "oauth-authz-req+jwt";
    if (header.alg === "none") {
      if (isTyped || !mayComeUnsigned(client) || !/^[^.]+\.[^.]+\.$/.test(object)) throw refuse("unsigned");
      const claims = checked(instance, client, payloadOf(object), now);
      return { claims, isSigned: false, isTyped };
    }
    const keys = await keysOf(instance.instanceId, client, header, now);
    const verified = await verifyJws(object, keys);
    if (verified === null) throw refuse("signature");
    return { claims: checked(instance, client, parseJson(verified.payload), now), isSigned: true, isTyped };
  };

const mayComeUnsigned = ({ settings }: OidcClient): boolean =>
  settings.securityProfile === "none" && !settings.requireSignedRequestObject;

const payloadOf = (object: string): unknown => {
  const payload = decodeBase64url(object.split(".")[1] ?? "");
  return payload === null ? undefined : parseJson(payload);
};

const checked = (
  { issuer }: Pick<OidcInstance, "issuer">,
  client: OidcClient,
  payload: unknown,
  now: Instant,
): Readonly<Record<string, unknown>> => {
  const { data: claims } = jwtClaims.safeParse(payload);
  if (claims === undefined) throw refuse("claims");
  const { requestObjectSeconds } = rulesOf(client);
  const { iss, sub, aud, exp, nbf, iat, client_id: named } = claims;
  if (named !== undefined && named !== client.clientId) throw refuse("client_id");
  if (iss !== undefined && iss !== client.clientId) throw refuse("iss");
  // RFC 9101 §10.8: what says so of its subject could pass for a client assertion.
  if (sub === client.clientId) throw refuse("sub");
  if (aud !== undefined && ![aud].flat().includes(issuer)) throw refuse("aud");
  // RFC 9101 §4: an object holds no object.
  if ("request" in claims || "request_uri" in claims) throw refuse("an object inside");
  const seconds = epochSeconds(now);
  if (exp !== undefined && exp <= seconds - toleratedSeconds) throw refuse("expired");
  if (Math.max(nbf ?? 0, iat ?? 0) > seconds + toleratedSeconds) throw refuse("not yet valid");
  if (requestObjectSeconds !== null) {
    // FAPI 2.0 Message Signing §5.3.1
    if (aud === undefined || exp === undefined || nbf === undefined) throw refuse("aud, exp or nbf is missing");
    if (nbf < seconds - requestObjectSeconds || exp > nbf + requestObjectSeconds) throw refuse("valid for too long");
  }
  return claims;
};
