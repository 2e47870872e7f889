import type {
  AuthorizeOrDenyDeviceAuthorizationRequest,
  GetDeviceAuthorizationRequestRequest,
} from "@zitadel/proto/zitadel/oidc/v2/oidc_service_pb.js";
import { can } from "../../kernel/actor.ts";
import type { Run } from "../../kernel/command.ts";
import { sessionId } from "../../kernel/ids.ts";
import { limits } from "../../kernel/limits.ts";
import { Refusal } from "../../kernel/refusal.ts";
import { parse } from "../../kernel/runner.ts";
import type { Call } from "../../platform/http/rpc.ts";
import type { SessionReader } from "../session/session.queries.ts";
import { approveDecoupled, denyDecoupled } from "./answer-decoupled.ts";
import type { AnsweringSources } from "./answering.ts";
import type { DecoupledReader } from "./decoupled.queries.ts";

export type DecoupledMethodsDeps = {
  readonly run: Run<AnsweringSources>;
  readonly decoupled: DecoupledReader;
  readonly sessions: SessionReader;
  readonly hashUserCode: (code: string) => string;
};

/** For logins built on the API: which device shows a code, and its user's answer. */
export const decoupledMethods = ({ run, decoupled, sessions, hashUserCode }: DecoupledMethodsDeps) => ({
  getDeviceAuthorizationRequest: async ({ userCode }: GetDeviceAuthorizationRequestRequest, { ctx }: Call) => {
    if (!can(ctx.actor, "session.read")) {
      throw new Refusal(ctx.actor.kind === "anonymous" ? "auth.missing" : "auth.denied");
    }
    const isCode = userCode.length <= limits.nameChars;
    const found = isCode ? await decoupled.byUserCode(ctx.instanceId, hashUserCode(userCode), ctx.now) : null;
    if (found === null) throw new Refusal("auth_request.not_found");
    return {
      deviceAuthorizationRequest: {
        id: found.decoupledId,
        clientId: found.requested.clientId,
        scope: found.requested.scope,
        appName: found.applicationName,
        projectName: found.projectName,
      },
    };
  },

  /** Answers requests of both kinds: what a device shows, and what an application asks of a user (CIBA). */
  authorizeOrDenyDeviceAuthorization: async (
    { deviceAuthorizationId: decoupledId, decision }: AuthorizeOrDenyDeviceAuthorizationRequest,
    { ctx }: Call,
  ) => {
    if (decision.case === "deny") {
      await run(denyDecoupled, ctx, { decoupledId });
      return {};
    }
    if (decision.case !== "session") {
      throw new Refusal("request.invalid", { fields: [{ path: "decision", problem: "is missing" }] });
    }
    const answering = parse(sessionId, decision.value.sessionId);
    const session = await sessions.find(ctx.instanceId, answering, ctx.now);
    if (session === null || session.userId === null) {
      // Nobody without the permission learns which sessions there are.
      if (!can(ctx.actor, "session.link")) throw new Refusal("auth.denied");
      throw new Refusal(session === null ? "session.not_found" : "session.user_missing");
    }
    await run(approveDecoupled, ctx, {
      decoupledId,
      sessionId: answering,
      userId: session.userId,
      proof: { by: "token", token: decision.value.sessionToken },
    });
    return {};
  },
});
