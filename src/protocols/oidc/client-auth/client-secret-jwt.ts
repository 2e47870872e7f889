import type { InstanceKeys } from "../../../platform/keys/instance-keys.ts";
import { checkJwt } from "../../../platform/keys/verify-jwt.ts";
import { readJwsHeader, verifyHmacJws } from "../../../platform/keys/verifying.ts";
import type { VerifyAssertion } from "./assertion.ts";

/**
 * `client_secret_jwt` (OpenID Connect Core 1.0 §9, §10.1): the octets of the client secret are the key of the HMAC. Only of
 * clients that are registered for it is the secret itself kept, sealed.
 */
export const verifyClientSecretJwt =
  ({ openSecret }: Pick<InstanceKeys, "openSecret">): VerifyAssertion =>
  async ({ instance, client, assertion }, expected) => {
    const header = readJwsHeader(assertion);
    const registered = client.settings.tokenEndpointAuthSigningAlg;
    if (client.sealedSecret === null || header === null) return "unknown key";
    if (registered !== null && registered !== header.alg) return "unknown key";
    const secret = await openSecret(instance.instanceId, `client_secret:${client.applicationId}`, client.sealedSecret);
    const verified = await verifyHmacJws(assertion, secret);
    return verified === null ? { ok: false, reason: "signature" } : checkJwt(verified, expected);
  };
