import { canonicalJson } from "../../../kernel/json.ts";
import type { NewWebKey } from "../../../modules/web-key/generate-web-key.ts";
import type { InstanceKeys } from "../../../platform/keys/instance-keys.ts";
import { generateSigningKey } from "../../../platform/keys/signing.ts";

/** The fact that `generateWebKey` asks for: a fresh pair whose private half only this instance's key opens. */
export const createNewWebKey =
  ({ sealSecret }: Pick<InstanceKeys, "sealSecret">): NewWebKey =>
  async (instanceId, keyId, algorithm, bits) => {
    const { publicJwk, privateJwk } = await generateSigningKey(algorithm, { kid: keyId, bits });
    return { publicJwk, privateKey: await sealSecret(instanceId, `web_key:${keyId}`, canonicalJson(privateJwk)) };
  };
