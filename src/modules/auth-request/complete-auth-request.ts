import { z } from "zod";
import { type Ctx, needs } from "../../kernel/actor.ts";
import { defineCommand } from "../../kernel/command.ts";
import { type Loaded, readOnlyRef, streamRef } from "../../kernel/event.ts";
import {
  type AuthRequestId,
  authRequestId,
  browserId,
  type InstanceId,
  type OrgId,
  orgId,
  type SessionId,
  sessionId,
  type UserId,
  userId,
} from "../../kernel/ids.ts";
import { Refusal } from "../../kernel/refusal.ts";
import { text } from "../../kernel/text.ts";
import { addSeconds, type Instant } from "../../kernel/time.ts";
import { type MintToken, type TokenWrite, tokenKinds } from "../../kernel/token.ts";
import { type ConsentOf, isConsentMissing } from "../consent/consent.events.ts";
import { missingFactors } from "../session/required-factors.events.ts";
import { authenticatedAt, methodsOf, mustBeAlive, session, standingFactors } from "../session/session.events.ts";
import type { PoliciesOf } from "../settings/policies.events.ts";
import { user } from "../user/user.events.ts";
import { authRequest, type Linked, openRequest, type Requested } from "./auth-request.events.ts";
import { acrFor, isAcrMet } from "./authentication-context.events.ts";
import { mustBeLoginClient } from "./login-client.events.ts";
import { mayEnterProject, type ProjectAccess } from "./project-access.events.ts";
import { partsOf } from "./response-type.events.ts";
import { mayAnswer, notBefore } from "./what-is-missing.ts";

const input = z.object({
  authRequestId,
  sessionId,
  /** the session's user, as its row says: the streams are named before the session is loaded */
  userId,
  /** why the caller may speak for the session: its current token, or the browser it belongs to (our own pages only) */
  proof: z.discriminatedUnion("by", [
    z.object({ by: z.literal("token"), token: text() }),
    z.object({ by: z.literal("browser"), browserId }),
  ]),
});

export type CompleteAuthRequestSources = {
  readonly mintToken: MintToken;
  readonly policiesOf: PoliciesOf;
  /** what the user has allowed the client before; `null`: there is no such client any more */
  readonly consentOf: ConsentOf;
  readonly isOrgActive: (instanceId: InstanceId, orgId: OrgId) => Promise<boolean>;
  /** what the client's project asks of this user; `null`: there is no such client any more, or it does not work now */
  readonly projectAccess: (instanceId: InstanceId, clientId: string, userId: UserId) => Promise<ProjectAccess | null>;
  /** the session whose current token this is */
  readonly findSessionByToken: (instanceId: InstanceId, token: string, now: Instant) => Promise<SessionId | null>;
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
    const owner = streams.user.ownerOrg;
    const { proof } = input;
    return {
      orgActive: owner !== null && (await from.isOrgActive(ctx.instanceId, owner)),
      rules: (await from.policiesOf(ctx, owner)).login,
      provenSession: proof.by === "token" ? await from.findSessionByToken(ctx.instanceId, proof.token, ctx.now) : null,
      access: await from.projectAccess(
        ctx.instanceId,
        streams.authRequest.state.requested?.clientId ?? "",
        input.userId,
      ),
      consent: await from.consentOf(ctx.instanceId, streams.authRequest.state.requested?.clientId ?? "", input.userId),
      minted: from.mintToken("code"),
    };
  },
  decide: ({ ctx, input, streams, facts }) => {
    const requested = openRequest(streams.authRequest, ctx.now);
    // It has no redirect URI: `approveDecoupled` answers it.
    if (requested.decoupledId !== null) throw new Refusal("auth_request.not_found");
    mustBeLoginClient(ctx, requested);
    const { state } = streams.session;
    mustBeProven(ctx, input, requested, { fingerprintId: state.fingerprintId, provenSession: facts.provenSession });
    mustBeAlive(streams.session, ctx.now);
    if (state.userId === null) throw new Refusal("session.user_missing");
    if (state.userId !== input.userId) throw new Refusal("request.contended");
    const owner = mustBeActive(streams.user, facts.orgActive);
    if (!mayAnswer(requested, { userId: state.userId, orgId: owner }))
      throw new Refusal("auth_request.user_not_allowed");
    if (facts.access === null) throw new Refusal("application.inactive");
    if (!mayEnterProject(facts.access, owner)) {
      throw new Refusal("auth_request.user_not_authorized");
    }
    const { createdAt } = streams.authRequest.state;
    const oldest = notBefore({ requested, createdAt }, ctx.now);
    const proved = standingFactors(state, streams.user.state);
    const authTime = authenticatedAt(proved);
    const missing = missingFactors(proved, facts.rules, { now: ctx.now, notBefore: oldest });
    if (missing.length > 0 || authTime === null) throw new Refusal("session.factor_missing");
    const amr = [...methodsOf(proved)];
    if (!isAcrMet(requested, amr)) throw new Refusal("session.acr_unmet");
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
    const linked: Linked = {
      sessionId: input.sessionId,
      userId: input.userId,
      authTime,
      amr,
      acr: acrFor(requested, amr),
    };
    const result: Completed = {
      authRequestId: input.authRequestId,
      requested,
      linked,
      code: parts.code ? minted.text : null,
    };
    return {
      events: [
        streams.authRequest.record("auth_request.session.linked", { ...linked, amr }),
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

/** A session id alone opens nothing (class I: session fixation): its token does, or the browser that carries its cookie. */
const mustBeProven = (
  ctx: Ctx,
  input: z.output<typeof completeAuthRequest.input>,
  requested: Requested,
  known: { readonly fingerprintId: string | null; readonly provenSession: SessionId | null },
): void => {
  const { proof } = input;
  const proven =
    proof.by === "token"
      ? known.provenSession === input.sessionId
      : ctx.actor.kind === "system" &&
        known.fingerprintId === proof.browserId &&
        (requested.browserId === null || requested.browserId === proof.browserId);
  if (!proven) throw new Refusal("session.token_invalid");
};

const mustBeActive = (subject: Loaded<typeof user>, orgActive: boolean): OrgId => {
  const { status } = subject.state;
  if (status === "absent" || status === "removed") throw new Refusal("user.not_found");
  if (status === "locked") throw new Refusal("user.locked");
  if (status === "inactive") throw new Refusal("user.not_active");
  if (!orgActive) throw new Refusal("org.inactive");
  return orgId.parse(subject.ownerOrg);
};
