import { z } from "zod";
import { needs } from "../../kernel/actor.ts";
import { defineCommand } from "../../kernel/command.ts";
import { streamRef } from "../../kernel/event.ts";
import { authRequestId } from "../../kernel/ids.ts";
import { Refusal } from "../../kernel/refusal.ts";
import { authRequest } from "../auth-request/auth-request.events.ts";
import { isForLoginClient } from "../auth-request/login-client.events.ts";
import { partsOf } from "../auth-request/response-type.events.ts";
import { grantLifetimes } from "./credentials.ts";
import type { GrantSources } from "./exchange-code.ts";
import { grant } from "./grant.events.ts";
import { openGrant } from "./open-grant.ts";

const input = z.object({ authRequestId, lifetimes: grantLifetimes });

/**
 * Gives the access token that goes with the authorization response itself (RFC 6749 §4.2.2, OpenID Connect Core 1.0
 * §3.2.2.5, §3.3.2.5): once for an auth request that has just been answered. There is never a refresh token.
 */
export const openImplicitGrant = defineCommand({
  name: "grant.open-implicit",
  input,
  streams: ({ input, newId }) => ({
    grant: streamRef(grant, newId()),
    authRequest: streamRef(authRequest, input.authRequestId),
  }),
  permit: () => needs("session.link"),
  facts: ({ mintToken }: Pick<GrantSources, "mintToken">) => mintToken("access"),
  decide: ({ ctx, input, streams, facts }) => {
    const { requested, linked, status, hasTokens, expiresAt } = streams.authRequest.state;
    if (requested === null || linked === null) throw new Refusal("auth_request.not_found");
    if (!isForLoginClient(requested, ctx)) throw new Refusal("auth.denied");
    const isAnswered = status === "linked" || status === "code_issued";
    const parts = partsOf(requested.responseType);
    if (!isAnswered || hasTokens || !parts.accessToken) throw new Refusal("auth_request.done");
    if (expiresAt <= ctx.now) throw new Refusal("auth_request.expired");
    const { userId, sessionId, authTime, amr, acr } = linked;
    const { clientId, scope, audience, nonce, resources, authorizationDetails, claims } = requested;
    const { events, tokens, granted } = openGrant(streams.grant, ctx.now, {
      grantType: "implicit",
      userId,
      sessionId,
      clientId,
      authRequestId: input.authRequestId,
      scope: scope.filter((one) => one !== "offline_access"),
      audience,
      nonce,
      authTime,
      amr,
      acr,
      confirmation: null,
      actor: null,
      resources,
      authorizationDetails,
      claims,
      lifetimes: input.lifetimes,
      access: facts,
      refresh: null,
    });
    return {
      events: [
        streams.authRequest.record("auth_request.tokens.added", { grantId: granted.grantId }),
        ...(parts.code ? [] : [streams.authRequest.record("auth_request.succeeded", {})]),
        ...events,
      ],
      tokens,
      result: granted,
    };
  },
});
