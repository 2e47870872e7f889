import type { Run } from "../../../../kernel/command.ts";
import { addSeconds } from "../../../../kernel/time.ts";
import { unreachable } from "../../../../kernel/unreachable.ts";
import type { DecoupledFlow } from "../../../../modules/auth-request/decoupled.events.ts";
import type { GrantSources } from "../../../../modules/grant/exchange-code.ts";
import { exchangeDecoupled } from "../../../../modules/grant/exchange-decoupled.ts";
import { revokeGrant } from "../../../../modules/grant/revoke-grant.ts";
import type { TokenReader } from "../../../../modules/token/token.queries.ts";
import { matches, parseToken } from "../../../../platform/crypto/tokens.ts";
import type { NotePoll } from "../../../../platform/pace/pace.ts";
import { pollSeconds } from "../../decoupled/pace.ts";
import { OAuthError } from "../../errors.ts";
import { required } from "../../parameters.ts";
import { rulesOf } from "../../security-profile.ts";
import { clientOf } from "../callers/caller.ts";
import type { Grant } from "../grant.ts";

export type DecoupledGrantDeps = {
  readonly run: Run<GrantSources>;
  readonly tokens: Pick<TokenReader, "find">;
  readonly notePoll: NotePoll;
};

/** How long the pace of a client is remembered: longer than any code lives. */
const rememberedSeconds = 3_600;

/** RFC 8628 §3.4 and CIBA Core 1.0 §10.1: asks whether the person has answered, and if so redeems the answer. */
const decoupledGrant =
  (flow: DecoupledFlow, parameter: string) =>
  ({ run, tokens, notePoll }: DecoupledGrantDeps): Grant =>
  async ({ ctx, caller, parameters, confirmation, target, authorizationDetails }) => {
    const client = clientOf(caller);
    const presented = parseToken(required(parameters, parameter));
    const code = presented?.kind === flow ? await tokens.find(ctx.instanceId, flow, presented.id, ctx.now) : null;
    const decoupledId = code?.data.decoupledId;
    if (presented === null || code === null || decoupledId === undefined || !matches(code.hash, presented.secret)) {
      throw new OAuthError("invalid_grant", { detail: "unknown code" });
    }
    if (code.clientId !== client.clientId) {
      throw new OAuthError("invalid_grant", { detail: "the code was issued to another client" });
    }
    const { result } = await run(exchangeDecoupled, ctx, {
      decoupledId,
      flow,
      clientId: client.clientId,
      mayRefresh: client.oidc?.grantTypes.includes("refresh_token") ?? false,
      lifetimes: client.lifetimes,
      confirmation,
      target,
      authorizationDetails,
      rotate: rulesOf(client).rotateRefreshTokens,
    });
    switch (result.is) {
      case "granted":
        return { granted: result };
      case "pending": {
        const { tooSoon } = await notePoll(ctx.instanceId, {
          id: decoupledId,
          now: ctx.now,
          intervalSeconds: pollSeconds,
          until: addSeconds(ctx.now, rememberedSeconds),
        });
        throw new OAuthError(tooSoon ? "slow_down" : "authorization_pending");
      }
      case "target_exceeded":
        throw new OAuthError("invalid_target");
      case "details_exceeded":
        throw new OAuthError("invalid_authorization_details");
      case "denied":
        throw new OAuthError("access_denied");
      case "expired":
        throw new OAuthError("expired_token");
      case "replayed":
        // As with authorization codes (RFC 6749 §4.1.2): one of the two is not the client that the code was issued to.
        await run(revokeGrant, ctx, { grantId: result.grantId, reason: "code_replayed" });
        throw new OAuthError("invalid_grant", { detail: "the code was redeemed before: its grant is revoked" });
      case "refused":
        throw new OAuthError("invalid_grant", { detail: result.why });
      default:
        return unreachable(result);
    }
  };

export const deviceCodeGrant = decoupledGrant("device", "device_code");

export const cibaGrant = decoupledGrant("ciba", "auth_req_id");
