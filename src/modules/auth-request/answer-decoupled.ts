import { z } from "zod";
import { needs } from "../../kernel/actor.ts";
import { type Decision, defineCommand, noFacts } from "../../kernel/command.ts";
import { type Loaded, readOnlyRef, streamRef } from "../../kernel/event.ts";
import { clientId } from "../../kernel/ids.ts";
import type { NewJob } from "../../kernel/job.ts";
import { limits } from "../../kernel/limits.ts";
import { Refusal } from "../../kernel/refusal.ts";
import type { Instant } from "../../kernel/time.ts";
import { session } from "../session/session.events.ts";
import { user } from "../user/user.events.ts";
import { type AnsweringSources, answeringFacts, answeringSession, answerOf } from "./answering.ts";
import { type DecoupledRequested, decoupled } from "./decoupled.events.ts";

const decoupledId = z.string().max(limits.idChars);

/** The request, while it waits for its answer. */
const openDecoupled = ({ state }: Loaded<typeof decoupled>, now: Instant): DecoupledRequested => {
  if (state.requested === null) throw new Refusal("auth_request.not_found");
  if (state.status !== "open") throw new Refusal("auth_request.done");
  if (state.requested.expiresAt <= now) throw new Refusal("auth_request.expired");
  return state.requested;
};

/** The job that tells a client that there is an answer (CIBA Core 1.0 §10.2). */
export const cibaPingKind = "ciba.ping";
export const cibaPing = z.object({ clientId, endpoint: z.string(), token: z.string(), authReqId: z.string() });

const pingJobs = (
  { id, state }: Loaded<typeof decoupled>,
  { clientId: client, expiresAt }: DecoupledRequested,
): readonly NewJob[] =>
  state.ping === null
    ? []
    : [{ kind: cibaPingKind, key: `${cibaPingKind}:${id}`, payload: { ...state.ping, clientId: client }, expiresAt }];

/**
 * A person lets a client that asked in another place have what it asked for. The session must satisfy here what it would
 * have to for a sign-in: the same checks, so that no policy is left out on this way (class S).
 */
export const approveDecoupled = defineCommand({
  name: "auth-request.approve-decoupled",
  input: answeringSession.extend({ decoupledId }),
  streams: ({ input }) => ({
    decoupled: streamRef(decoupled, input.decoupledId),
    session: readOnlyRef(session, input.sessionId),
    user: readOnlyRef(user, input.userId),
  }),
  permit: () => needs("session.link"),
  facts: (from: AnsweringSources, { ctx, input, streams }) =>
    answeringFacts(from, ctx, input, {
      clientId: streams.decoupled.state.requested?.clientId ?? "",
      userOrg: streams.user.ownerOrg,
    }),
  decide: ({ ctx, input, streams, facts }): Decision<object> => {
    const asked = openDecoupled(streams.decoupled, ctx.now);
    const requested = {
      prompt: [],
      maxAgeSeconds: null,
      hintUserId: asked.userId,
      orgId: asked.orgId,
      acrValues: asked.acrValues,
      claims: null,
    };
    const { createdAt } = streams.decoupled.state;
    const answer = answerOf(ctx, input, { requested, createdAt }, streams, facts);
    return {
      events: [streams.decoupled.record("device.authorization.approved", { ...answer, amr: [...answer.amr] })],
      jobs: pingJobs(streams.decoupled, asked),
      result: {},
    };
  },
});

/** A person, or a login built on the API, refuses it. */
export const denyDecoupled = defineCommand({
  name: "auth-request.deny-decoupled",
  input: z.object({ decoupledId }),
  streams: ({ input }) => ({ decoupled: streamRef(decoupled, input.decoupledId) }),
  permit: () => needs("session.link"),
  facts: noFacts,
  decide: ({ ctx, streams }): Decision<object> => {
    const asked = openDecoupled(streams.decoupled, ctx.now);
    return {
      events: [streams.decoupled.record("device.authorization.canceled", {})],
      jobs: pingJobs(streams.decoupled, asked),
      result: {},
    };
  },
});
