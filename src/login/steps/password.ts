import { setTimeout as wait } from "node:timers/promises";
import type { FastifyReply } from "fastify";
import type { Run } from "../../kernel/command.ts";
import { limits } from "../../kernel/limits.ts";
import { Refusal } from "../../kernel/refusal.ts";
import { createSession } from "../../modules/session/create-session.ts";
import type { SessionReader } from "../../modules/session/session.queries.ts";
import { setSession } from "../../modules/session/set-session.ts";
import type { SessionSources, SessionWritten } from "../../modules/session/write-session.ts";
import type { UserReader } from "../../modules/user/user.queries.ts";
import { standAside } from "../../platform/http/admission.ts";
import { type PasswordProblem, passwordFields } from "../pages/password.ts";
import { type ProceedDeps, proceed, sendPassword } from "../proceed.ts";
import type { Visit } from "../visit.ts";

export type PasswordDeps = ProceedDeps & {
  readonly run: Run<SessionSources>;
  readonly sessions: Pick<SessionReader, "ofBrowser">;
  readonly users: Pick<UserReader, "findByLoginName">;
};

/** How refusals of a sign-in are told to the person. */
const problemOf = {
  "user.password_wrong": "wrong",
  "user.password_not_set": "wrong",
  "user.not_found": "wrong",
  "user.not_human": "wrong",
  "user.locked": "locked",
  "user.not_active": "inactive",
  "org.inactive": "inactive",
} as const;

/**
 * A password was posted. It is checked by the Session API's own commands: on the session that this browser has for the
 * account already, else on a new one. Wrong ones have been counted when the person reads so.
 */
export const takePassword = async (deps: PasswordDeps, visit: Visit): Promise<FastifyReply> => {
  const loginName = (visit.sent[passwordFields.loginName] ?? "").trim();
  const password = visit.sent[passwordFields.password] ?? "";
  const again = (problem: PasswordProblem) => sendPassword(visit, { loginName }, problem);
  if (password === "") return again({ is: "required" });
  if (password.length > limits.passwordChars || loginName.length > limits.nameChars) return again({ is: "wrong" });
  try {
    const written = await check(deps, visit, loginName, password);
    if (written.is === "written") return await proceed(deps, visit, written.sessionId);
    await standAside(() => wait(written.delaySeconds * 1_000));
    return await again({ is: "wrong" });
  } catch (error) {
    const problem = error instanceof Refusal && isProblem(error.code) ? problemOf[error.code] : null;
    if (problem === null) throw error;
    return again({ is: problem });
  }
};

const isProblem = (code: string): code is keyof typeof problemOf => Object.hasOwn(problemOf, code);

const check = async (
  deps: PasswordDeps,
  visit: Visit,
  loginName: string,
  password: string,
): Promise<SessionWritten> => {
  const { ctx, browser, request } = visit;
  const userId = (await deps.users.findByLoginName(ctx, loginName))?.userId ?? null;
  const sessions = await deps.sessions.ofBrowser(ctx.instanceId, browser, ctx.now);
  const existing = sessions.find((session) => session.userId === userId);
  const checks = { user: { userId }, password: { password } };
  if (existing !== undefined) {
    const { result } = await deps.run(setSession, ctx, {
      sessionId: existing.sessionId,
      sessionUserId: userId,
      checks,
    });
    return result;
  }
  const userAgent = {
    fingerprintId: browser,
    ip: ctx.client?.ip ?? null,
    description: (request.headers["user-agent"] ?? "").slice(0, limits.nameChars) || null,
    header: {},
  };
  const { result } = await deps.run(createSession, ctx, { checks, userAgent });
  return result;
};
