import type { Ctx } from "../../../kernel/actor.ts";
import { epochSeconds } from "../../../kernel/time.ts";
import type { OidcInstance } from "../instance.ts";
import { tokenTypeOf } from "../tokens/access-token.ts";
import type { Claims } from "../tokens/claims.ts";
import type { IssueTokens } from "../tokens/issue-tokens.ts";
import type { Recipient } from "./callers/caller.ts";
import type { Outcome } from "./grant.ts";

export type TokenResponse = (ctx: Ctx, instance: OidcInstance, to: Recipient, outcome: Outcome) => Promise<Claims>;

/**
 * RFC 6749 §5.1 with OpenID Connect Core 1.0 §3.1.3.3. What was granted is stored by now: a signature that fails costs the
 * client a retry, never a second redemption.
 */
export const tokenResponse =
  (issue: IssueTokens): TokenResponse =>
  async (ctx, instance, to, { granted, accessTokenType = to.accessTokenType, idTokenOnly = false, members }) => {
    const { scope, access, refresh, userId } = granted;
    const { client } = to;
    const accessToken = await issue.accessToken(ctx, instance, { client, accessTokenType }, granted);
    const idToken =
      client !== null && userId !== null && (idTokenOnly || scope.includes("openid"))
        ? await issue.idToken(
            ctx,
            instance,
            client,
            { ...granted, userId },
            { accessToken: idTokenOnly ? null : accessToken, code: null },
          )
        : undefined;
    const lasting = epochSeconds(access.expiresAt) - epochSeconds(ctx.now);
    return {
      ...(idTokenOnly
        ? // RFC 8693 §2.2.1: the token that was asked for stands here, of whatever kind, and is no bearer token.
          { access_token: idToken, token_type: "N_A" }
        : {
            access_token: accessToken,
            token_type: tokenTypeOf(granted.confirmation),
            refresh_token: refresh?.text,
            id_token: idToken,
          }),
      expires_in: lasting,
      // RFC 9396 §7
      authorization_details: granted.authorizationDetails.length === 0 ? undefined : granted.authorizationDetails,
      scope: scope.length === 0 ? undefined : scope.join(" "),
      ...members,
    };
  };
