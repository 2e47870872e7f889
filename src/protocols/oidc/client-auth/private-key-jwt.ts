import type { ClientId, InstanceId } from "../../../kernel/ids.ts";
import type { Instant } from "../../../kernel/time.ts";
import type { Client } from "../../../modules/application/client.queries.ts";
import type { Jwk } from "../../../platform/keys/algorithms.ts";
import { verifyJwt } from "../../../platform/keys/verify-jwt.ts";
import {
  importVerificationKey,
  type JwsHeader,
  readJwsHeader,
  type VerificationKey,
} from "../../../platform/keys/verifying.ts";
import type { ClientJwk, ClientKeys } from "../client-keys.ts";
import { rulesOf } from "../security-profile.ts";
import type { VerifyAssertion } from "./assertion.ts";

export type ClientSignatureDeps = {
  /** the public key of that client under this `kid`, while it may be used */
  readonly findClientKey: (
    instanceId: InstanceId,
    clientId: ClientId,
    keyId: string,
    now: Instant,
  ) => Promise<Jwk | null>;
  /** what the client published itself, by value or by reference */
  readonly clientKeys: ClientKeys;
};

/** The keys that a signature of the client with such a header may have been made with. */
export type KeysOfClient = (
  instanceId: InstanceId,
  client: Client,
  header: JwsHeader,
  now: Instant,
) => Promise<readonly VerificationKey[]>;

/**
 * Keys that were made for the application are found by their `kid`; of a set that it published itself, those fit whose `kid`
 * and type are the header's (RFC 7517 §4.5). A key that names no algorithm is one for each of its type, but only
 * for those that the client's rules admit.
 */
export const keysOfClient =
  ({ findClientKey, clientKeys }: ClientSignatureDeps): KeysOfClient =>
  async (instanceId, client, header, now) => {
    const { kid, alg } = header;
    if (!rulesOf(client).signatureAlgorithms.some((one) => one === alg)) return [];
    const made = kid === undefined ? null : await findClientKey(instanceId, client.clientId, kid, now);
    const published: readonly ClientJwk[] = made === null ? await clientKeys(client, kid) : [{ ...made, kid }];
    return published.flatMap((jwk) => importVerificationKey(jwk["alg"] === undefined ? { ...jwk, alg } : jwk) ?? []);
  };

/** `private_key_jwt`: the algorithm is the key's, and the registered one where one is registered. */
export const verifyPrivateKeyJwt =
  (keysOf: KeysOfClient): VerifyAssertion =>
  async ({ instance, client, assertion, now }, expected) => {
    const header = readJwsHeader(assertion);
    const registered = client.settings.tokenEndpointAuthSigningAlg;
    if (header === null || (registered !== null && registered !== header.alg)) return "unknown key";
    const keys = await keysOf(instance.instanceId, client, header, now);
    return keys.length === 0 ? "unknown key" : verifyJwt(assertion, keys, expected);
  };
