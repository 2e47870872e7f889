import { z } from "zod";
import type { Ctx } from "../../kernel/actor.ts";
import type { Loaded } from "../../kernel/event.ts";
import {
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
import type { Instant } from "../../kernel/time.ts";
import { missingFactors } from "../session/required-factors.events.ts";
import { authenticatedAt, methodsOf, mustBeAlive, type session, standingFactors } from "../session/session.events.ts";
import type { PoliciesOf, Policy } from "../settings/policies.events.ts";
import type { user } from "../user/user.events.ts";
import type { Requested } from "./auth-request.events.ts";
import { acrFor, isAcrMet } from "./authentication-context.events.ts";
import { mayEnterProject, type ProjectAccess } from "./project-access.events.ts";
import { mayAnswer, notBefore } from "./what-is-missing.ts";

/** The session that somebody answers with. */
export const answeringSession = z.object({
  sessionId,
  /** the session's user, as its row says: the streams are named before the session is loaded */
  userId,
  /** why the caller may speak for the session: its current token, or the browser it belongs to (our own pages only) */
  proof: z.discriminatedUnion("by", [
    z.object({ by: z.literal("token"), token: text() }),
    z.object({ by: z.literal("browser"), browserId }),
  ]),
});
export type AnsweringSession = z.output<typeof answeringSession>;

export type AnsweringSources = {
  readonly policiesOf: PoliciesOf;
  readonly isOrgActive: (instanceId: InstanceId, orgId: OrgId) => Promise<boolean>;
  /** what the client's project asks of this user; `null`: there is no such client any more, or it does not work now */
  readonly projectAccess: (instanceId: InstanceId, clientId: string, userId: UserId) => Promise<ProjectAccess | null>;
  /** the session whose current token this is */
  readonly findSessionByToken: (instanceId: InstanceId, token: string, now: Instant) => Promise<SessionId | null>;
};

type AnsweringFacts = {
  readonly orgActive: boolean;
  readonly rules: Policy<"login">;
  readonly provenSession: SessionId | null;
  readonly access: ProjectAccess | null;
};

/** What only the outside knows of a session's right to answer for a client. */
export const answeringFacts = async (
  from: AnsweringSources,
  ctx: Ctx,
  { userId, proof }: AnsweringSession,
  { clientId, userOrg }: { readonly clientId: string; readonly userOrg: OrgId | null },
): Promise<AnsweringFacts> => ({
  orgActive: userOrg !== null && (await from.isOrgActive(ctx.instanceId, userOrg)),
  rules: (await from.policiesOf(ctx, userOrg)).login,
  provenSession: proof.by === "token" ? await from.findSessionByToken(ctx.instanceId, proof.token, ctx.now) : null,
  access: await from.projectAccess(ctx.instanceId, clientId, userId),
});

type Asked = Pick<Requested, "prompt" | "maxAgeSeconds" | "hintUserId" | "orgId" | "acrValues" | "claims">;

/** Who answered, and how and when the user had been authenticated. */
export type Answer = {
  readonly sessionId: SessionId;
  readonly userId: UserId;
  readonly authTime: Instant;
  readonly amr: readonly string[];
  readonly acr: string | null;
};

/**
 * Whether this session may answer, whoever built the login: it is proven, alive, its user and organization are active, the
 * user is the one asked for and may enter the client's project, and it satisfies what request and policy want proved.
 */
export const answerOf = (
  ctx: Ctx,
  by: AnsweringSession,
  asked: { readonly requested: Asked; readonly createdAt: Instant },
  streams: { readonly session: Loaded<typeof session>; readonly user: Loaded<typeof user> },
  facts: AnsweringFacts,
): Answer => {
  const { state } = streams.session;
  const { proof } = by;
  // A session id alone opens nothing (class I: session fixation): its token does, or the browser that carries its cookie.
  const isProven =
    proof.by === "token"
      ? facts.provenSession === by.sessionId
      : ctx.actor.kind === "system" && state.fingerprintId === proof.browserId;
  if (!isProven) throw new Refusal("session.token_invalid");
  mustBeAlive(streams.session, ctx.now);
  if (state.userId === null) throw new Refusal("session.user_missing");
  if (state.userId !== by.userId) throw new Refusal("request.contended");
  const owner = mustBeActive(streams.user, facts.orgActive);
  if (!mayAnswer(asked.requested, { userId: by.userId, orgId: owner })) {
    throw new Refusal("auth_request.user_not_allowed");
  }
  if (facts.access === null) throw new Refusal("application.inactive");
  if (!mayEnterProject(facts.access, owner)) throw new Refusal("auth_request.user_not_authorized");
  const proved = standingFactors(state, streams.user.state);
  const authTime = authenticatedAt(proved);
  const missing = missingFactors(proved, facts.rules, { now: ctx.now, notBefore: notBefore(asked, ctx.now) });
  if (missing.length > 0 || authTime === null) throw new Refusal("session.factor_missing");
  const amr = methodsOf(proved);
  if (!isAcrMet(asked.requested, amr)) throw new Refusal("session.acr_unmet");
  return { sessionId: by.sessionId, userId: by.userId, authTime, amr, acr: acrFor(asked.requested, amr) };
};

const mustBeActive = (subject: Loaded<typeof user>, orgActive: boolean): OrgId => {
  const { status } = subject.state;
  if (status === "absent" || status === "removed") throw new Refusal("user.not_found");
  if (status === "locked") throw new Refusal("user.locked");
  if (status === "inactive") throw new Refusal("user.not_active");
  if (!orgActive) throw new Refusal("org.inactive");
  return orgId.parse(subject.ownerOrg);
};
