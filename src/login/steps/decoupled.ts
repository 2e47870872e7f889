import type { FastifyReply } from "fastify";
import type { Run } from "../../kernel/command.ts";
import { limits } from "../../kernel/limits.ts";
import { Refusal } from "../../kernel/refusal.ts";
import { approveDecoupled, denyDecoupled } from "../../modules/auth-request/answer-decoupled.ts";
import type { AnsweringSources } from "../../modules/auth-request/answering.ts";
import type { DecoupledReader, DecoupledView } from "../../modules/auth-request/decoupled.queries.ts";
import { startAuthRequest } from "../../modules/auth-request/start-auth-request.ts";
import type { BrowserSession, SessionReader } from "../../modules/session/session.queries.ts";
import { networkOf } from "../../platform/pace/network-of.ts";
import type { NoteAttempt } from "../../platform/pace/pace.ts";
import { approvalAnswers, approvalFields, renderAnsweredPage, renderApprovalPage } from "../pages/approval.ts";
import { deviceCodeFields, renderDeviceCodePage } from "../pages/device-code.ts";
import { renderWaitingRequestsPage, waitingRequestFields } from "../pages/waiting-requests.ts";
import { loginPaths, pathWith } from "../paths.ts";
import { redirectTo, sendPage } from "../respond.ts";
import { sessionField } from "../session-field.ts";
import { accountOf, formOf, signInId, type Visit } from "../visit.ts";

export type DecoupledDeps = {
  readonly run: Run<AnsweringSources>;
  readonly decoupled: DecoupledReader;
  readonly sessions: Pick<SessionReader, "ofBrowser">;
  readonly hashUserCode: (code: string) => string;
  readonly noteAttempt: NoteAttempt;
};

/**
 * RFC 8628 §5.1: a code has 34 bits and lives five minutes. From one address so many are tried at most: with a thousand
 * codes open at once, finding one takes years.
 */
const attempts = { max: 20, windowSeconds: 600 } as const;

const sendDeviceCode = (visit: Visit, userCode: string, problem?: "required" | "unknown"): FastifyReply =>
  sendPage(
    visit.reply,
    renderDeviceCodePage({ ...formOf(visit, loginPaths.device), userCode, problem }, visit.t),
    problem === undefined ? {} : { status: 422 },
  );

/** The page that a device sends its user to; a link may bring the code, which is then compared and confirmed. */
export const askDeviceCode = async (_deps: DecoupledDeps, visit: Visit): Promise<FastifyReply> =>
  sendDeviceCode(visit, (visit.sent[deviceCodeFields.userCode] ?? "").slice(0, 40));

/** A code was typed in: its sign-in begins. Every try counts, so that codes cannot be searched for (class H). */
export const takeDeviceCode = async (deps: DecoupledDeps, visit: Visit): Promise<FastifyReply> => {
  const typed = (visit.sent[deviceCodeFields.userCode] ?? "").trim();
  if (typed === "") return sendDeviceCode(visit, "", "required");
  const { ctx } = visit;
  const count = await deps.noteAttempt(ctx.instanceId, {
    of: `user_code:${networkOf(ctx.client?.ip ?? "")}`,
    now: ctx.now,
    windowSeconds: attempts.windowSeconds,
  });
  if (count > attempts.max) throw new Refusal("request.overloaded");
  const found =
    typed.length > limits.nameChars
      ? null
      : await deps.decoupled.byUserCode(ctx.instanceId, deps.hashUserCode(typed), ctx.now);
  return found === null ? sendDeviceCode(visit, typed.slice(0, 40), "unknown") : begin(deps, visit, found);
};

/** Whoever answers signs in first, as for any application: with the same pages and by the same policies. */
const begin = async (
  deps: DecoupledDeps,
  visit: Visit,
  { decoupledId, requested }: DecoupledView,
): Promise<FastifyReply> => {
  const { result } = await deps.run(startAuthRequest, visit.ctx, {
    clientId: requested.clientId,
    redirectUri: "",
    responseType: "",
    responseMode: "query",
    scope: requested.scope,
    audience: requested.audience,
    state: null,
    nonce: null,
    codeChallenge: null,
    prompt: [],
    maxAgeSeconds: null,
    uiLocales: [],
    acrValues: requested.acrValues,
    hintUserId: requested.userId,
    orgId: requested.orgId,
    browserId: visit.browser,
    loginClientId: null,
    decoupledId,
  });
  return redirectTo(visit.reply, pathWith(loginPaths.login, result.authRequestId));
};

/** Who is signed in is asked whether the device or application may have it; nothing is allowed without that. */
export const sendApproval = async (
  decoupled: Pick<DecoupledReader, "find">,
  visit: Visit,
  session: BrowserSession,
  decoupledId: string,
): Promise<FastifyReply | null> => {
  const found = await decoupled.find(visit.ctx.instanceId, decoupledId, visit.ctx.now);
  if (found === null) return null;
  const { flow, scope, bindingMessage } = found.requested;
  const model = {
    ...formOf(visit, loginPaths.approval, { [sessionField]: session.sessionId }),
    flow,
    application: found.applicationName,
    project: found.projectName,
    account: accountOf(session),
    scope,
    bindingMessage,
    changeHref: pathWith(loginPaths.accounts, signInId(visit)),
  };
  return sendPage(visit.reply, renderApprovalPage(model, visit.t));
};

/** The answer; `null`: there is nothing to answer (any more), or this browser may not. */
export const takeApproval = async (deps: DecoupledDeps, visit: Visit): Promise<FastifyReply | null> => {
  const decoupledId = visit.signIn?.requested.decoupledId ?? null;
  const sessions = await deps.sessions.ofBrowser(visit.ctx.instanceId, visit.browser, visit.ctx.now);
  const session = sessions.find(({ sessionId }) => sessionId === visit.sent[sessionField]);
  if (decoupledId === null || session === undefined) return null;
  const answer = visit.sent[approvalFields.answer] === approvalAnswers.allow ? "allow" : "deny";
  const { sessionId, userId } = session;
  if (answer === "allow") {
    const proof = { by: "browser", browserId: visit.browser } as const;
    await deps.run(approveDecoupled, visit.ctx, { decoupledId, sessionId, userId, proof });
  } else {
    await deps.run(denyDecoupled, visit.ctx, { decoupledId });
  }
  return sendPage(visit.reply, renderAnsweredPage({ frame: visit.frame, answer }, visit.t));
};

const waitingOf = async (deps: DecoupledDeps, visit: Visit): Promise<readonly DecoupledView[]> => {
  const { instanceId, now } = visit.ctx;
  const sessions = await deps.sessions.ofBrowser(instanceId, visit.browser, now);
  const proved = sessions.filter(({ canSignIn, passwordCheckedAt }) => canSignIn && passwordCheckedAt !== null);
  return deps.decoupled.ofUsers(instanceId, [...new Set(proved.map(({ userId }) => userId))], now);
};

/** What waits for the people who are signed in here. */
export const askWaiting = async (deps: DecoupledDeps, visit: Visit): Promise<FastifyReply> => {
  const requests = (await waitingOf(deps, visit)).map(({ decoupledId, applicationName, requested }) => ({
    id: decoupledId,
    application: applicationName,
    bindingMessage: requested.bindingMessage,
  }));
  return sendPage(visit.reply, renderWaitingRequestsPage({ ...formOf(visit, loginPaths.requests), requests }, visit.t));
};

/** One of them is to be answered. */
export const takeWaiting = async (deps: DecoupledDeps, visit: Visit): Promise<FastifyReply> => {
  const asked = visit.sent[waitingRequestFields.request];
  const found = (await waitingOf(deps, visit)).find(({ decoupledId }) => decoupledId === asked);
  return found === undefined ? askWaiting(deps, visit) : begin(deps, visit, found);
};
