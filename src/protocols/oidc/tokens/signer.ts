import type { InstanceId } from "../../../kernel/ids.ts";
import { type Instant, instant, microsPerSecond } from "../../../kernel/time.ts";
import { publishedFirstSeconds } from "../../../modules/web-key/web-key.events.ts";
import type { SealedWebKey, WebKeyReader } from "../../../modules/web-key/web-key.queries.ts";
import { isSigningAlgorithm, type SigningAlgorithm } from "../../../platform/keys/algorithms.ts";
import type { InstanceKeys } from "../../../platform/keys/instance-keys.ts";
import { importSigningKey, type SigningKey, signJwt } from "../../../platform/keys/signing.ts";
import { parseJson } from "../../../platform/keys/verifying.ts";
import { OAuthError } from "../errors.ts";
import type { Claims } from "./claims.ts";

/** What a JWT says it is in its header, so that none passes for another (RFC 8725 §3.11). */
export type TokenType = "JWT" | "at+jwt" | "logout+jwt" | "token-introspection+jwt";

/** Signs with one key. */
export type TokenSigner = {
  readonly alg: SigningAlgorithm;
  readonly sign: (typ: TokenType, claims: Claims) => Promise<string>;
};

/** The signer of an instance: with its active key, or with a key of the algorithm that a client asked for. */
export type SignerOf = (instanceId: InstanceId, algorithm?: string | null) => Promise<TokenSigner>;

export type SignerDeps = {
  readonly webKeys: Pick<WebKeyReader, "active" | "ofAlgorithm">;
  /** makes a key of an algorithm that the instance has none of */
  readonly provideKey: (instanceId: InstanceId, algorithm: SigningAlgorithm) => Promise<unknown>;
  readonly now: () => Instant;
} & Pick<InstanceKeys, "openSecret">;

const keysKept = 1_000;

/**
 * Which key signs is read every time; its opened form is kept by its id, as key material never changes. A first key is
 * opened in about a millisecond, a kept one costs nothing.
 */
export const tokenSigner = ({ webKeys, openSecret, provideKey, now }: SignerDeps): SignerOf => {
  const kept = new Map<string, SigningKey>();

  const open = async (instanceId: InstanceId, { keyId, algorithm, privateKey }: SealedWebKey): Promise<SigningKey> => {
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

  const ofAlgorithm = async (instanceId: InstanceId, algorithm: SigningAlgorithm): Promise<SealedWebKey | null> => {
    const publishedBefore = instant(now() - publishedFirstSeconds * microsPerSecond);
    const find = () => webKeys.ofAlgorithm(instanceId, algorithm, publishedBefore);
    const found = await find();
    if (found !== null) return found;
    // Made when the setting was stored; here only for what was stored before, or when that has not been done yet.
    await provideKey(instanceId, algorithm);
    return find();
  };

  return async (instanceId, algorithm = null) => {
    if (algorithm !== null && !isSigningAlgorithm(algorithm)) {
      throw new OAuthError("server_error", { detail: `a client asks for signatures by ${algorithm}` });
    }
    const chosen = algorithm === null ? await webKeys.active(instanceId) : await ofAlgorithm(instanceId, algorithm);
    if (chosen === null) throw new Error(`instance ${instanceId} has no key to sign with`);
    const key = await open(instanceId, chosen);
    return { alg: key.alg, sign: (typ, claims) => signJwt(key, { typ }, claims) };
  };
};
