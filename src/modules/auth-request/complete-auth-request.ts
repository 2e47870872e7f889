import type { z } from "zod";
import { needs } from "../../kernel/actor.ts";
import { defineCommand } from "../../kernel/command.ts";
import { readOnlyRef, streamRef } from "../../kernel/event.ts";
import { type AuthRequestId, authRequestId } from "../../kernel/ids.ts";
import { Refusal } from "../../kernel/refusal.ts";
import { addSeconds } from "../../kernel/time.ts";
import { type MintToken, type TokenWrite, tokenKinds } from "../../kernel/token.ts";
import { type ConsentOf, isConsentMissing } from "../consent/consent.events.ts";
import { session } from "../session/session.events.ts";
import { user } from "../user/user.events.ts";
import { type AnsweringSources, answeringFacts, answeringSession, answerOf } from "./answering.ts";
import { authRequest, type Linked, openRequest, type Requested } from "./auth-request.events.ts";
import { mustBeLoginClient } from "./login-client.events.ts";
import { partsOf } from "./response-type.events.ts";

const input = answeringSession.extend({ authRequestId });

export type CompleteAuthRequestSources = AnsweringSources & {
  readonly mintToken: MintToken;
  /** what the user has allowed the client before; `null`: there is no such client any more */
  readonly consentOf: ConsentOf;
};

/**
 * Answers an auth request with a session: links them and issues the authorization code, in one unit. Whoever built the
 * login, the session must satisfy here what the request and the policy ask for.
 */
export const completeAuthRequest = defineCommand({
  name: "auth-request.complete",
  input,
  streams: ({ input }) => ({
    authRequest: streamRef(authRequest, input.authRequestId),
    session: readOnlyRef(session, input.sessionId),
    user: readOnlyRef(user, input.userId),
  }),
  permit: () => needs("session.link"),
  facts: async (from: CompleteAuthRequestSources, { ctx, input, streams }) => {
    const clientId = streams.authRequest.state.requested?.clientId ?? "";
    return {
      answering: await answeringFacts(from, ctx, input, { clientId, userOrg: streams.user.ownerOrg }),
      consent: await from.consentOf(ctx.instanceId, clientId, input.userId),
      minted: from.mintToken("code"),
    };
  },
  decide: ({ ctx, input, streams, facts }) => {
    const requested = openRequest(streams.authRequest, ctx.now);
    // It has no redirect URI: `approveDecoupled` answers it.
    if (requested.decoupledId !== null) throw new Refusal("auth_request.not_found");
    mustBeLoginClient(ctx, requested);
    mustBeItsBrowser(input, requested);
    const { createdAt } = streams.authRequest.state;
    const linked: Linked = answerOf(ctx, input, { requested, createdAt }, streams, facts.answering);
    if (facts.consent === null) throw new Refusal("application.inactive");
    // Who built the login is asked last: only somebody who is signed in can consent.
    if (
      isConsentMissing(
        { requested, authRequestId: input.authRequestId },
        facts.consent,
        input.proof.by === "browser" ? "own" : "custom",
      )
    ) {
      throw new Refusal("auth_request.consent_missing");
    }

    const { minted } = facts;
    const expiresAt = addSeconds(ctx.now, tokenKinds.code.lifeSeconds);
    const code: TokenWrite = {
      do: "put",
      row: {
        kind: "code",
        id: minted.id,
        hash: minted.hash,
        expiresAt,
        userId: input.userId,
        sessionId: input.sessionId,
        authRequestId: input.authRequestId,
        clientId: requested.clientId,
      },
    };
    const parts = partsOf(requested.responseType);
    const result: Completed = {
      authRequestId: input.authRequestId,
      requested,
      linked,
      code: parts.code ? minted.text : null,
    };
    return {
      events: [
        streams.authRequest.record("auth_request.session.linked", { ...linked, amr: [...linked.amr] }),
        ...(parts.code
          ? [streams.authRequest.record("auth_request.code.added", { tokenId: minted.id, expiresAt })]
          : // An access token is opened next, and that ends the request.
            parts.accessToken
            ? []
            : [streams.authRequest.record("auth_request.succeeded", {})]),
      ],
      tokens: [
        ...(parts.code ? [code] : []),
        ...(requested.pushedId === null
          ? []
          : [{ do: "drop" as const, kind: "pushed" as const, id: requested.pushedId }]),
      ],
      result,
    };
  },
});

/** An auth request that has its answer: who signed in, and the code where one was asked for. */
export type Completed = {
  readonly authRequestId: AuthRequestId;
  readonly requested: Requested;
  readonly linked: Linked;
  readonly code: string | null;
};

/** What one browser has begun, no other one of our pages ends (class I: session fixation). */
const mustBeItsBrowser = ({ proof }: Pick<z.output<typeof input>, "proof">, { browserId }: Requested): void => {
  if (proof.by === "browser" && browserId !== null && browserId !== proof.browserId) {
    throw new Refusal("session.token_invalid");
  }
};
