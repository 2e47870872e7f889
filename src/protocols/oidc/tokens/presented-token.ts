import type { TokenId } from "../../../kernel/ids.ts";
import type { Instant } from "../../../kernel/time.ts";
import type { Bearer, GrantReader } from "../../../modules/grant/grant.queries.ts";
import { matches, parseToken } from "../../../platform/crypto/tokens.ts";
import type { OidcInstance } from "../instance.ts";
import { metadataScope, resourceOwnerScope } from "../scope.ts";

/** Finds the access token or personal access token whose text was presented, if it is ours and its secret is right. */
export type FindBearer = (instance: OidcInstance, presented: string, now: Instant) => Promise<Bearer | null>;

/** Makes a {@link FindBearer}: opaque tokens by their hash, JWTs by signature and id. */
export const bearerFinder =
  ({
    bearer,
    accessJwtId,
  }: {
    readonly bearer: GrantReader["bearer"];
    readonly accessJwtId: (instance: OidcInstance, token: string, now: Instant) => Promise<TokenId | null>;
  }): FindBearer =>
  async (instance, presented, now) => {
    // JWS compact form has three parts (RFC 7515 §7.1); our opaque tokens have two.
    if (presented.split(".", 4).length === 3) {
      const id = await accessJwtId(instance, presented, now);
      return id === null ? null : bearer(instance.instanceId, "access", id, now);
    }
    const parsed = parseToken(presented);
    if (parsed === null || (parsed.kind !== "access" && parsed.kind !== "pat")) return null;
    const found = await bearer(instance.instanceId, parsed.kind, parsed.id, now);
    return found !== null && matches(found.hash, parsed.secret) ? found : null;
  };

/** Personal access tokens have no scope of their own; what they may read is what ZITADEL's may. */
const patScope = ["openid", "profile", metadataScope, resourceOwnerScope];

/** The scope of a token. */
export const scopeOf = (bearer: Bearer): readonly string[] =>
  bearer.kind === "pat" && bearer.scope.length === 0 ? patScope : bearer.scope;
