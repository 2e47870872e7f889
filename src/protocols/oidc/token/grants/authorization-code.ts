import type { Run } from "../../../../kernel/command.ts";
import { exchangeCode, type GrantSources } from "../../../../modules/grant/exchange-code.ts";
import { revokeGrant } from "../../../../modules/grant/revoke-grant.ts";
import type { TokenReader } from "../../../../modules/token/token.queries.ts";
import { matches, parseToken } from "../../../../platform/crypto/tokens.ts";
import { OAuthError } from "../../errors.ts";
import { required } from "../../parameters.ts";
import { rulesOf } from "../../security-profile.ts";
import { clientOf } from "../callers/caller.ts";
import type { Grant } from "../grant.ts";

/** RFC 6749 §4.1.3 with RFC 7636 §4.5. */
export const authorizationCodeGrant =
  ({ run, tokens }: { readonly run: Run<GrantSources>; readonly tokens: Pick<TokenReader, "find"> }): Grant =>
  async ({ ctx, caller, parameters, confirmation, target, authorizationDetails }) => {
    const client = clientOf(caller);
    const redirectUri = required(parameters, "redirect_uri");
    const presented = parseToken(required(parameters, "code"));
    const code = presented?.kind === "code" ? await tokens.find(ctx.instanceId, "code", presented.id, ctx.now) : null;
    if (presented === null || code === null || code.authRequestId === null || !matches(code.hash, presented.secret)) {
      throw new OAuthError("invalid_grant", { detail: "unknown code" });
    }
    const { result } = await run(exchangeCode, ctx, {
      authRequestId: code.authRequestId,
      codeId: code.id,
      isAlive: code.dead === null,
      clientId: client.clientId,
      redirectUri,
      codeVerifier: parameters.values.get("code_verifier") ?? null,
      lifetimes: client.lifetimes,
      confirmation,
      target,
      authorizationDetails,
      rotate: rulesOf(client).rotateRefreshTokens,
    });
    switch (result.is) {
      case "granted":
        return { granted: result };
      case "replayed":
        // RFC 6749 §4.1.2: whoever was first, one of the two is not the client that the code was issued to.
        await run(revokeGrant, ctx, { grantId: result.grantId, reason: "code_replayed" });
        throw new OAuthError("invalid_grant", { detail: "the code was redeemed before: its grant is revoked" });
      case "target_exceeded":
        throw new OAuthError("invalid_target");
      case "details_exceeded":
        throw new OAuthError("invalid_authorization_details");
      case "refused":
        throw new OAuthError("invalid_grant", { detail: result.why });
    }
  };
