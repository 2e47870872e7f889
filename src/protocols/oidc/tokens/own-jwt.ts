import type { InstanceId } from "../../../kernel/ids.ts";
import type { WebKeyReader } from "../../../modules/web-key/web-key.queries.ts";
import { importVerificationKey, parseJson, verifyJws } from "../../../platform/keys/verifying.ts";

/** Verifies that we signed a JWT, by a key that is still published. Gives its `typ` and its payload, not yet looked at. */
export type VerifyOwnJwt = (
  instanceId: InstanceId,
  token: string,
) => Promise<{ readonly typ: string; readonly payload: unknown } | null>;

/** Makes a {@link VerifyOwnJwt} over the published web keys. */
export const ownJwtVerifier =
  (webKeys: Pick<WebKeyReader, "published">): VerifyOwnJwt =>
  async (instanceId, token) => {
    const jwks = await webKeys.published(instanceId);
    const verified = await verifyJws(
      token,
      jwks.flatMap((jwk) => importVerificationKey(jwk) ?? []),
    );
    if (verified === null) return null;
    return { typ: verified.header.typ?.toLowerCase() ?? "", payload: parseJson(verified.payload) };
  };
