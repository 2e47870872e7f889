import { createHmac } from "node:crypto";
import type { InstanceId } from "../../../kernel/ids.ts";
import { epochSeconds, type Instant } from "../../../kernel/time.ts";
import { equalSecrets } from "../../../platform/crypto/secret.ts";

/** How long a nonce is handed out; it is good for as long again. */
const windowSeconds = 150;

/**
 * Nonces for DPoP proofs (RFC 9449 §8): a MAC over the time, so that every process of an installation knows all of them and
 * none is stored. They say that a proof is fresh; its `jti` says that it is new.
 */
export const dpopNonces = (key: Uint8Array) => {
  const of = (instanceId: InstanceId, window: number): string =>
    createHmac("sha256", key).update(`${instanceId} ${window}`).digest("base64url").slice(0, 22);
  const windowOf = (now: Instant): number => Math.floor(epochSeconds(now) / windowSeconds);
  return {
    current: (instanceId: InstanceId, now: Instant): string => of(instanceId, windowOf(now)),
    isValid: (instanceId: InstanceId, nonce: string, now: Instant): boolean =>
      [windowOf(now), windowOf(now) - 1].some((window) => equalSecrets(of(instanceId, window), nonce)),
  };
};

export type DpopNonces = ReturnType<typeof dpopNonces>;
