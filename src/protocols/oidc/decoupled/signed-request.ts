import { type Instant, instantFromSeconds } from "../../../kernel/time.ts";
import type { Client } from "../../../modules/application/client.queries.ts";
import type { UseAssertion } from "../../../platform/keys/assertion-uses.ts";
import { verifyJwt } from "../../../platform/keys/verify-jwt.ts";
import { readJwsHeader } from "../../../platform/keys/verifying.ts";
import type { KeysOfClient } from "../client-auth/private-key-jwt.ts";
import { OAuthError } from "../errors.ts";
import type { OidcInstance } from "../instance.ts";
import { type Parameters, readParameters } from "../parameters.ts";
import { rulesOf } from "../security-profile.ts";

export type SignedRequestDeps = { readonly keysOf: KeysOfClient; readonly useAssertion: UseAssertion };

/** CIBA Core 1.0 §7.1.1 and FAPI-CIBA §5.2.2 (6): a signed request lives an hour at most. */
const requestSeconds = 3_600;

/** Parameters that prove who the client is stand beside the signed request, not in it. */
const outside = ["client_id", "client_secret", "client_assertion", "client_assertion_type"];

const refuse = (detail: string): never => {
  throw new OAuthError("invalid_request_object", { detail });
};

/**
 * CIBA Core 1.0 §7.1.1: the parameters of an authentication request, from the JWT `request` where one was sent. Who has
 * registered an algorithm for it must sign; then nothing that stands beside the JWT counts.
 */
export const signedParameters = async (
  { keysOf, useAssertion }: SignedRequestDeps,
  { instanceId, issuer }: Pick<OidcInstance, "instanceId" | "issuer">,
  client: Client,
  sent: Parameters,
  now: Instant,
): Promise<Parameters> => {
  const request = sent.values.get("request");
  const registered = client.settings.backchannelAuthenticationRequestSigningAlg;
  if (request === undefined) {
    if (registered === null && !rulesOf(client).signedRequests) return sent;
    throw new OAuthError("invalid_request", { description: "The request must be signed" });
  }
  for (const name of sent.values.keys()) {
    if (name !== "request" && !outside.includes(name)) return refuse(`${name} stands beside the signed request`);
  }
  const header = readJwsHeader(request);
  if (header === null || (registered !== null && header.alg !== registered)) return refuse("algorithm");
  const verified = await verifyJwt(request, await keysOf(instanceId, client, header, now), {
    issuer: client.clientId,
    audience: [issuer],
    now,
    expiry: "required",
    maxLifeSeconds: requestSeconds,
  });
  if (!verified.ok) return refuse(verified.reason);
  const { aud: _aud, iss: _iss, iat: _iat, nbf, exp = 0, jti, ...claims } = verified.claims;
  if (nbf === undefined || jti === undefined) return refuse("nbf or jti is missing");
  const isFirst = await useAssertion(instanceId, {
    issuer: `ciba ${client.clientId}`,
    jti,
    expiresAt: instantFromSeconds(exp),
  });
  if (!isFirst) return refuse("used before");
  const texts = Object.entries(claims).flatMap(([name, value]): [string, string][] => {
    if (typeof value === "string") return [[name, value]];
    // §7.1.1: numbers may stand as such, or as texts.
    return typeof value === "number" ? [[name, String(value)]] : [];
  });
  return readParameters(texts);
};
