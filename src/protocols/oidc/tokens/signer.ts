import type { InstanceId } from "../../../kernel/ids.ts";
import type { ActiveWebKey, WebKeyReader } from "../../../modules/web-key/web-key.queries.ts";
import type { SigningAlgorithm } from "../../../platform/keys/algorithms.ts";
import type { InstanceKeys } from "../../../platform/keys/instance-keys.ts";
import { importSigningKey, type SigningKey, signJwt } from "../../../platform/keys/signing.ts";
import { parseJson } from "../../../platform/keys/verifying.ts";
import type { Claims } from "./claims.ts";

/** Signs with one key. `typ` as in the JWS header (RFC 8725 §3.11). */
export type TokenSigner = {
  readonly alg: SigningAlgorithm;
  readonly sign: (typ: "JWT" | "at+jwt", claims: Claims) => Promise<string>;
};

/** The signer with the key that is the instance's active one now. */
export type SignerOf = (instanceId: InstanceId) => Promise<TokenSigner>;

const keysKept = 1_000;

/**
 * Which key is active is read every time; its opened form is kept by its id, as key material never changes. A first key is
 * opened in about a millisecond, a kept one costs nothing.
 */
export const tokenSigner = ({
  webKeys,
  openSecret,
}: {
  readonly webKeys: Pick<WebKeyReader, "active">;
} & Pick<InstanceKeys, "openSecret">): SignerOf => {
  const kept = new Map<string, SigningKey>();

  const open = async (instanceId: InstanceId, { keyId, algorithm, privateKey }: ActiveWebKey): Promise<SigningKey> => {
    const place = `${instanceId}/${keyId}`;
    const known = kept.get(place);
    if (known !== undefined) return known;
    const opened = parseJson(await openSecret(instanceId, `web_key:${keyId}`, privateKey));
    // Sealed by `createNewWebKey`: what opens under this label is the JWK that it made.
    const key = importSigningKey(opened as Readonly<Record<string, string>>, algorithm);
    if (kept.size >= keysKept) kept.clear();
    kept.set(place, key);
    return key;
  };

  return async (instanceId) => {
    const active = await webKeys.active(instanceId);
    if (active === null) throw new Error(`instance ${instanceId} has no active web key`);
    const key = await open(instanceId, active);
    return { alg: key.alg, sign: (typ, claims) => signJwt(key, { typ }, claims) };
  };
};
