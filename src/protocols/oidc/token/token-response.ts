import type { Ctx } from "../../../kernel/actor.ts";
import { epochSeconds } from "../../../kernel/time.ts";
import type { Client } from "../../../modules/application/client.queries.ts";
import type { Granted } from "../../../modules/grant/credentials.ts";
import type { GrantReader } from "../../../modules/grant/grant.queries.ts";
import { type ClaimSource, type ClaimSources, gatherClaims } from "../claims/claim-sources.ts";
import type { OidcInstance } from "../instance.ts";
import { lifetimes } from "../lifetimes.ts";
import { accessTokenClaims } from "../tokens/access-token.ts";
import type { Claims } from "../tokens/claims.ts";
import { idTokenClaims } from "../tokens/id-token.ts";
import type { SignerOf } from "../tokens/signer.ts";

export type TokenResponse = (ctx: Ctx, instance: OidcInstance, client: Client, granted: Granted) => Promise<Claims>;

/**
 * RFC 6749 §5.1 with OpenID Connect Core 1.0 §3.1.3.3. What was granted is stored by now: a signature that fails costs the
 * client a retry, never a second redemption.
 */
export const tokenResponse =
  ({
    signerOf,
    sources,
    subject,
  }: {
    readonly signerOf: SignerOf;
    readonly sources: ClaimSources;
    readonly subject: GrantReader["subject"];
  }): TokenResponse =>
  async (ctx, instance, client, granted) => {
    const { scope, audience, access, refresh } = granted;
    const clockSkewSeconds = client.oidc?.clockSkewSeconds ?? 0;

    // Whoever switched roles on for a kind of token gets all of the project's, asked for or not.
    const project = { id: client.projectId, roleAssertion: true };
    const asserted = async (chosen: readonly ClaimSource[]): Promise<Claims> => {
      if (chosen.length === 0) return {};
      const found = await subject(ctx.instanceId, granted.userId);
      return found === null ? {} : gatherClaims(chosen, { ctx, subject: found, scope, audience, project });
    };
    const inIdToken = [
      ...(client.oidc?.idTokenUserinfoAssertion ? sources.user : []),
      ...(client.oidc?.idTokenRoleAssertion ? sources.roles : []),
    ];
    const inAccessToken = client.oidc?.accessTokenRoleAssertion ? sources.roles : [];

    const { alg, sign } = await signerOf(ctx.instanceId);
    const accessToken =
      client.oidc?.accessTokenType === "jwt"
        ? await sign("at+jwt", {
            ...(await asserted(inAccessToken)),
            ...accessTokenClaims(ctx, instance, granted, clockSkewSeconds),
          })
        : access.text;
    const idToken = scope.includes("openid")
      ? await sign(
          "JWT",
          idTokenClaims(ctx, instance, granted, {
            alg,
            accessToken,
            asserted: await asserted(inIdToken),
            lifetimeSeconds: lifetimes.idTokenSeconds,
            clockSkewSeconds,
          }),
        )
      : undefined;

    return {
      access_token: accessToken,
      token_type: "Bearer",
      expires_in: epochSeconds(access.expiresAt) - epochSeconds(ctx.now),
      refresh_token: refresh?.text,
      id_token: idToken,
      scope: scope.join(" "),
    };
  };
