import type { GrantReader } from "../../../modules/grant/grant.queries.ts";
import { metadataScope } from "../scope.ts";
import type { ClaimSource } from "./claim-sources.ts";

/** ZITADEL's scope `urn:zitadel:iam:user:metadata`: each value in base64url without padding (RFC 4648 §5). */
export const metadataClaims =
  (metadata: GrantReader["metadata"]): ClaimSource =>
  async ({ ctx, subject, scope }) => {
    if (!scope.includes(metadataScope)) return {};
    const found = await metadata(ctx.instanceId, subject.userId);
    if (found.size === 0) return {};
    const encoded = [...found].map(([key, value]) => [key, Buffer.from(value).toString("base64url")]);
    return { [metadataScope]: Object.fromEntries(encoded) };
  };
