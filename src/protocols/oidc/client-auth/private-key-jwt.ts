import { z } from "zod";
import type { ClientId, InstanceId } from "../../../kernel/ids.ts";
import { epochSeconds, type Instant, instantFromSeconds } from "../../../kernel/time.ts";
import { decodeBase64url } from "../../../platform/crypto/secret.ts";
import type { Jwk } from "../../../platform/keys/algorithms.ts";
import type { UseAssertion } from "../../../platform/keys/assertion-uses.ts";
import { verifyJwt } from "../../../platform/keys/verify-jwt.ts";
import { importVerificationKey, parseJson, readJwsHeader } from "../../../platform/keys/verifying.ts";
import { endpoints } from "../endpoints.ts";
import type { OidcInstance } from "../instance.ts";
import type { ReadClientAuth } from "./presented.ts";

const assertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/** Algorithms that assertions are accepted with: those that keys of applications are made for. */
export const assertionAlgorithms = ["RS256"] as const;

/** How long an assertion may live, and how old it may be: an hour, as at ZITADEL. */
const assertionSeconds = 3_600;

const namedClient = z.looseObject({ sub: z.string() });

/** OpenID Connect Core 1.0 §9 `private_key_jwt`, RFC 7523 §2.2: whom the assertion names, not yet believed. */
export const readPrivateKeyJwt: ReadClientAuth = ({ parameters }) => {
  const assertion = parameters.values.get("client_assertion");
  if (assertion === undefined || parameters.values.get("client_assertion_type") !== assertionType) return null;
  const payload = decodeBase64url(assertion.split(".")[1] ?? "");
  const { data } = namedClient.safeParse(payload === null ? undefined : parseJson(payload));
  return { method: "private_key_jwt", clientId: data?.sub ?? "", secret: null, assertion };
};

export type AssertionDeps = {
  /** the public key of that client under this `kid`, while it may be used */
  readonly findClientKey: (
    instanceId: InstanceId,
    clientId: ClientId,
    keyId: string,
    now: Instant,
  ) => Promise<Jwk | null>;
  readonly useAssertion: UseAssertion;
};

/**
 * RFC 7523 §3: signed by a key of the client, which is issuer and subject, for us and nobody else, short-lived. Gives why it
 * proves nothing, or `null`. With a `jti` it works once (OpenID Connect Core 1.0 §9); ZITADEL's libraries send none, and
 * make equal assertions within a second, so one without may be sent again until it expires.
 */
export const assertionProblem = async (
  { findClientKey, useAssertion }: AssertionDeps,
  { instanceId, issuer }: Pick<OidcInstance, "instanceId" | "issuer">,
  clientId: ClientId,
  assertion: string,
  now: Instant,
): Promise<string | null> => {
  const header = readJwsHeader(assertion);
  if (header === null || header.kid === undefined) return "no kid";
  const jwk = await findClientKey(instanceId, clientId, header.kid, now);
  const key = jwk === null ? null : importVerificationKey(jwk);
  if (key === null || !assertionAlgorithms.some((alg) => alg === key.alg)) return "unknown key";
  const audience = [issuer, issuer + endpoints.token];
  const verified = await verifyJwt(assertion, [{ ...key, kid: header.kid }], {
    issuer: clientId,
    audience,
    now,
    expiry: "required",
    maxLifeSeconds: assertionSeconds,
  });
  if (!verified.ok) return verified.reason;
  const { aud, exp = 0, iat = 0, jti, sub } = verified.claims;
  if (sub !== clientId) return "subject";
  // Meant for others as well, it could be theirs to replay here.
  if (![aud ?? []].flat().every((one) => audience.includes(one))) return "audience";
  if (iat < epochSeconds(now) - assertionSeconds) return "too old";
  if (jti === undefined) return null;
  const isFirst = await useAssertion(instanceId, { issuer: clientId, jti, expiresAt: instantFromSeconds(exp) });
  return isFirst ? null : "used before";
};
