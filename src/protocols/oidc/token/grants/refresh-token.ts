import type { Run } from "../../../../kernel/command.ts";
import type { GrantSources } from "../../../../modules/grant/exchange-code.ts";
import { refreshGrant } from "../../../../modules/grant/refresh-grant.ts";
import type { TokenReader } from "../../../../modules/token/token.queries.ts";
import { matches, parseToken } from "../../../../platform/crypto/tokens.ts";
import { isConfidential } from "../../client.ts";
import { OAuthError } from "../../errors.ts";
import { required } from "../../parameters.ts";
import { readScope } from "../../scope.ts";
import { rulesOf } from "../../security-profile.ts";
import { clientOf } from "../callers/caller.ts";
import type { Grant } from "../grant.ts";

/** RFC 6749 §6 with the rotation of RFC 9700 §4.14.2. */
export const refreshTokenGrant =
  ({ run, tokens }: { readonly run: Run<GrantSources>; readonly tokens: Pick<TokenReader, "find"> }): Grant =>
  async ({ ctx, caller, parameters, confirmation, target, authorizationDetails }) => {
    const client = clientOf(caller);
    const presented = parseToken(required(parameters, "refresh_token"));
    const token =
      presented?.kind === "refresh" ? await tokens.find(ctx.instanceId, "refresh", presented.id, ctx.now) : null;
    if (presented === null || token === null || token.grantId === null || !matches(token.hash, presented.secret)) {
      throw new OAuthError("invalid_grant", { detail: "unknown refresh token" });
    }
    if (token.dead !== null) throw new OAuthError("invalid_grant", { detail: token.dead });
    const asked = parameters.values.get("scope");
    const { result } = await run(refreshGrant, ctx, {
      grantId: token.grantId,
      tokenId: token.id,
      clientId: client.clientId,
      scope: asked === undefined ? null : [...readScope(asked, () => true)],
      lifetimes: client.lifetimes,
      confirmation,
      target,
      authorizationDetails,
      rotate: rulesOf(client).rotateRefreshTokens,
      isPublic: !isConfidential(client),
    });
    switch (result.is) {
      case "granted":
        return { granted: result };
      case "scope_exceeded":
        throw new OAuthError("invalid_scope");
      case "reused":
        throw new OAuthError("invalid_grant", { detail: "a used refresh token was presented: its grant is revoked" });
      case "target_exceeded":
        throw new OAuthError("invalid_target");
      case "details_exceeded":
        throw new OAuthError("invalid_authorization_details");
      case "refused":
        throw new OAuthError("invalid_grant", { detail: result.why });
    }
  };
