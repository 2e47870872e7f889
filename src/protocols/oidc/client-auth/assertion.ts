import { createHash } from "node:crypto";
import { z } from "zod";
import { epochSeconds, type Instant, instantFromSeconds } from "../../../kernel/time.ts";
import type { Client } from "../../../modules/application/client.queries.ts";
import { decodeBase64url } from "../../../platform/crypto/secret.ts";
import type { UseAssertion } from "../../../platform/keys/assertion-uses.ts";
import type { JwtExpectations, VerifiedJwt } from "../../../platform/keys/verify-jwt.ts";
import { parseJson, readJwsHeader } from "../../../platform/keys/verifying.ts";
import { endpoints } from "../endpoints.ts";
import type { OidcInstance } from "../instance.ts";
import { rulesOf } from "../security-profile.ts";
import type { ReadClientAuth } from "./presented.ts";

const assertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/** How long an assertion may live, and how old it may be: an hour, as at ZITADEL. */
const assertionSeconds = 3_600;

/**
 * ZITADEL's libraries put no `jti` into assertions and make equal ones within a second: so long after its making one without
 * may come again, and after that only once.
 */
const equalSeconds = 10;

const namedClient = z.looseObject({ sub: z.string() });

/**
 * OpenID Connect Core 1.0 §9, RFC 7523 §2.2: whom the assertion names, not yet believed. An assertion of another type, or
 * one that names nobody, is still a try to authenticate.
 */
export const readAssertion: ReadClientAuth = ({ parameters }) => {
  const assertion = parameters.values.get("client_assertion");
  if (assertion === undefined) return null;
  const header = readJwsHeader(assertion);
  const payload = decodeBase64url(assertion.split(".")[1] ?? "");
  const { data } = namedClient.safeParse(payload === null ? undefined : parseJson(payload));
  const isOurs = parameters.values.get("client_assertion_type") === assertionType;
  return {
    shows: "assertion",
    clientId: isOurs ? (data?.sub ?? "") : "",
    assertion,
    isSymmetric: header?.alg.startsWith("HS") ?? false,
  };
};

export type AssertionCase = {
  readonly instance: Pick<OidcInstance, "instanceId" | "issuer">;
  readonly client: Client;
  readonly assertion: string;
  /** path of the endpoint that was called */
  readonly path: string;
  readonly now: Instant;
};

/** Verifies the signature by the client's own keys, and the claims. */
export type VerifyAssertion = (at: AssertionCase, expected: JwtExpectations) => Promise<VerifiedJwt | "unknown key">;

/**
 * RFC 7523 §3: signed by the client, which is issuer and subject, for us and nobody else, short-lived, used once. Gives why
 * it proves nothing, or `null`.
 */
export const assertionProblem = async (
  verify: VerifyAssertion,
  useAssertion: UseAssertion,
  at: AssertionCase,
): Promise<string | null> => {
  const { instance, client, assertion, now } = at;
  const { strictAssertions } = rulesOf(client);
  // An issuer cannot be put into a client's mouth by another server's metadata, an endpoint's URL can (RFC 9700 §4.4).
  const audience = strictAssertions
    ? [instance.issuer]
    : [instance.issuer, instance.issuer + endpoints.token, instance.issuer + at.path];
  const verified = await verify(at, {
    issuer: client.clientId,
    audience,
    now,
    expiry: "required",
    issuedAt: "optional",
    maxLifeSeconds: assertionSeconds,
  });
  if (verified === "unknown key") return verified;
  if (!verified.ok) return verified.reason;
  const { aud, exp = 0, iat = epochSeconds(now), jti, sub } = verified.claims;
  if (sub !== client.clientId) return "subject";
  // A signed request says who its client is as well (RFC 9101 §10.8), a proof of possession has its own type.
  if (!["", "jwt", "client-authentication+jwt"].includes(typeOf(verified.header.typ))) return "typ";
  if (strictAssertions && (typeof aud !== "string" || jti === undefined)) return "audience or jti";
  // Meant for others as well, it could be theirs to replay here.
  if (![aud ?? []].flat().every((one) => audience.includes(one))) return "audience";
  if (iat < epochSeconds(now) - assertionSeconds) return "too old";
  const isFirst = await useAssertion(instance.instanceId, {
    issuer: client.clientId,
    jti: jti ?? createHash("sha256").update(assertion).digest("base64url"),
    expiresAt: instantFromSeconds(exp),
  });
  const mayBeEqual = jti === undefined && epochSeconds(now) <= iat + equalSeconds;
  return isFirst || mayBeEqual ? null : "used before";
};

const typeOf = (typ: string | undefined): string => (typ ?? "").toLowerCase().replace(/^application\//, "");
