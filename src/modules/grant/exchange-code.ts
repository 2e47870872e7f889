import { z } from "zod";
import { needsNothing } from "../../kernel/actor.ts";
import { type Decision, defineCommand } from "../../kernel/command.ts";
import { streamRef } from "../../kernel/event.ts";
import { authRequestId, clientId, type GrantId, tokenId } from "../../kernel/ids.ts";
import { limits } from "../../kernel/limits.ts";
import { text } from "../../kernel/text.ts";
import type { MintToken } from "../../kernel/token.ts";
import { authRequest } from "../auth-request/auth-request.events.ts";
import { type Granted, grantLifetimes } from "./credentials.ts";
import { confirmation, grant, isSameKey } from "./grant.events.ts";
import { type Exceeded, narrow, narrowing } from "./narrow.ts";
import { openGrant } from "./open-grant.ts";

const input = z.object({
  authRequestId,
  /** of the code whose secret has been compared */
  codeId: tokenId,
  /** the code, its user, session, client, project and organizations were all good when it was read */
  isAlive: z.boolean(),
  /** the client that has proved who it is */
  clientId,
  redirectUri: text(),
  codeVerifier: text(limits.idChars).nullable(),
  lifetimes: grantLifetimes,
  /** what the client has proved to hold, to which its tokens are bound */
  confirmation: confirmation.nullable().default(null),
  /** see {@link openGrant} */
  rotate: z.boolean().default(true),
  ...narrowing,
});

/** RFC 7636 §4.6: whether the verifier belongs to the challenge; constant time. */
export type VerifyCodeChallenge = (verifier: string, challenge: string) => boolean;

export type GrantSources = { readonly mintToken: MintToken; readonly verifyCodeChallenge: VerifyCodeChallenge };

/** Why nothing was given; `why` is for the log, the client is told only that the grant is not valid. */
export type NotGranted = { readonly is: "refused"; readonly why: string };

/** The code was redeemed before: what it gave must be revoked (RFC 6749 §4.1.2). */
export type Replayed = { readonly is: "replayed"; readonly grantId: GrantId };

type Result = Granted | NotGranted | Replayed | Exceeded;

/**
 * Redeems an authorization code (RFC 6749 §4.1.3): once, by the client and for the redirect URI that it was issued for, with
 * the verifier of its challenge. Of redemptions at the same time one wins: they all change the auth request's stream.
 */
export const exchangeCode = defineCommand({
  name: "grant.exchange-code",
  input,
  streams: ({ input, newId }) => ({
    grant: streamRef(grant, newId()),
    authRequest: streamRef(authRequest, input.authRequestId),
  }),
  permit: () => needsNothing,
  facts: (from: GrantSources, { input, streams }) => {
    const challenge = streams.authRequest.state.requested?.codeChallenge ?? null;
    const verifier = input.codeVerifier;
    return {
      access: from.mintToken("access"),
      refresh: from.mintToken("refresh"),
      // RFC 9700 §2.1.1: a verifier without a challenge means that the challenge was taken out on the way.
      isVerified:
        challenge === null ? verifier === null : verifier !== null && from.verifyCodeChallenge(verifier, challenge),
    };
  },
  decide: ({ ctx, input, streams, facts }): Decision<Result> => {
    const { requested, linked, code, grantId: redeemedFor } = streams.authRequest.state;
    if (redeemedFor !== null) return { events: [], result: { is: "replayed", grantId: redeemedFor } };
    const refuse = (why: string): Decision<Result> => ({ events: [], result: { is: "refused", why } });
    if (requested === null || linked === null || code === null) return refuse("the auth request has no code");
    if (code.tokenId !== input.codeId) return refuse("the code is not the auth request's");
    if (!input.isAlive || code.expiresAt <= ctx.now)
      return refuse("the code or what it stands on is not valid any more");
    if (requested.clientId !== input.clientId) return refuse("the code was issued to another client");
    if (requested.redirectUri !== input.redirectUri) return refuse("redirect_uri is not the authorization request's");
    if (!facts.isVerified) return refuse("code_verifier does not match code_challenge");
    // RFC 9449 §10: a code that was bound to a key is redeemed by its holder.
    const { dpopJkt } = requested;
    if (dpopJkt !== null && !isSameKey(input.confirmation, { jkt: dpopJkt })) {
      return refuse("the code is bound to another DPoP key");
    }
    const narrowed = narrow(requested, input);
    if (narrowed.is !== "narrowed") return { events: [], result: narrowed };

    const { userId, sessionId, authTime, amr } = linked;
    const { scope, audience, nonce, resources, authorizationDetails, claims } = requested;
    const { events, tokens, granted } = openGrant(streams.grant, ctx.now, {
      grantType: "authorization_code",
      userId,
      sessionId,
      clientId: input.clientId,
      authRequestId: input.authRequestId,
      scope,
      audience,
      nonce,
      authTime,
      amr,
      acr: linked.acr,
      confirmation: input.confirmation,
      actor: null,
      resources,
      authorizationDetails,
      claims,
      lifetimes: input.lifetimes,
      narrowed: narrowed.to,
      rotate: input.rotate,
      access: facts.access,
      refresh: scope.includes("offline_access") ? facts.refresh : null,
    });
    return {
      events: [
        streams.authRequest.record("auth_request.code.exchanged", { grantId: granted.grantId }),
        streams.authRequest.record("auth_request.succeeded", {}),
        ...events,
      ],
      tokens,
      result: granted,
    };
  },
});
