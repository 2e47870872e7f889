import type { FastifyReply } from "fastify";
import type { Run } from "../../kernel/command.ts";
import { limits } from "../../kernel/limits.ts";
import { addSeconds } from "../../kernel/time.ts";
import { setSession } from "../../modules/session/set-session.ts";
import type { SessionSources } from "../../modules/session/write-session.ts";
import type { PasswordChangeSources } from "../../modules/user/password-change.events.ts";
import { brokenPasswordRules } from "../../modules/user/password-complexity.events.ts";
import { setPassword } from "../../modules/user/set-password.ts";
import { newPasswordFields } from "../pages/new-password.ts";
import { type ProceedDeps, proceed, sendExpired, sendNewPassword } from "../proceed.ts";
import { sessionField } from "../session-field.ts";
import type { Visit } from "../visit.ts";

export type NewPasswordDeps = ProceedDeps & { readonly run: Run<PasswordChangeSources & SessionSources> };

/** How fresh the proof of the old password must be for it to be replaced without typing it again. */
const proofSeconds = 15 * 60;

/** A new password was posted, by somebody who has just proved the one that must be replaced, in this browser. */
export const takeNewPassword = async (deps: NewPasswordDeps, visit: Visit): Promise<FastifyReply> => {
  const { ctx, sent } = visit;
  const sessions = await deps.sessions.ofBrowser(ctx.instanceId, visit.browser, ctx.now);
  const session = sessions.find((one) => one.sessionId === sent[sessionField]);
  if (session === undefined || !session.passwordChangeRequired || !session.canSignIn) return sendExpired(visit);
  const provedAt = session.passwordCheckedAt;
  if (provedAt === null || addSeconds(provedAt, proofSeconds) < ctx.now) return proceed(deps, visit);

  const password = sent[newPasswordFields.newPassword] ?? "";
  const repeat = sent[newPasswordFields.repeat] ?? "";
  const policies = await deps.policiesOf(ctx, session.orgId);
  const unmetRules = brokenPasswordRules(policies["password.complexity"], password);
  const problems = {
    ...(password === "" ? { newPassword: "required" as const } : {}),
    ...(password !== "" && unmetRules.length > 0 ? { newPassword: "rules" as const } : {}),
    ...(password.length > limits.passwordChars ? { newPassword: "tooLong" as const } : {}),
    ...(repeat === "" ? { repeat: "required" as const } : {}),
    ...(repeat !== "" && repeat !== password ? { repeat: "mismatch" as const } : {}),
  };
  if (Object.keys(problems).length > 0) return sendNewPassword(deps, visit, session, { problems, unmetRules });

  await deps.run(setPassword, ctx, { userId: session.userId, new: { is: "plain", password } });
  // What this session had proved was the old password; other sessions have to prove the new one as well.
  const checks = { password: { password } };
  await deps.run(setSession, ctx, { sessionId: session.sessionId, sessionUserId: session.userId, checks });
  return proceed(deps, visit, session.sessionId);
};
