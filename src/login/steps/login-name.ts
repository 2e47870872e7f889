import type { FastifyReply } from "fastify";
import { limits } from "../../kernel/limits.ts";
import type { SessionReader } from "../../modules/session/session.queries.ts";
import type { PoliciesOf } from "../../modules/settings/policies.events.ts";
import type { UserReader } from "../../modules/user/user.queries.ts";
import { loginNameFields } from "../pages/login-name.ts";
import { sendLoginName, sendPassword } from "../proceed.ts";
import type { Visit } from "../visit.ts";

export type LoginNameDeps = {
  readonly users: Pick<UserReader, "findByLoginName">;
  readonly sessions: Pick<SessionReader, "ofBrowser">;
  readonly policiesOf: PoliciesOf;
};

const hasAccounts = async ({ sessions }: Pick<LoginNameDeps, "sessions">, visit: Visit): Promise<boolean> =>
  (await sessions.ofBrowser(visit.ctx.instanceId, visit.browser, visit.ctx.now)).length > 0;

/** The page itself, for those who want another account. */
export const askLoginName = async (deps: LoginNameDeps, visit: Visit): Promise<FastifyReply> =>
  sendLoginName(visit, {
    loginName: visit.signIn?.loginHint ?? undefined,
    hasAccounts: await hasAccounts(deps, visit),
  });

/**
 * A login name was posted: the answer is the password page. Whether anybody has that name is told only where the policy
 * admits it.
 */
export const takeLoginName = async (deps: LoginNameDeps, visit: Visit): Promise<FastifyReply> => {
  const loginName = (visit.sent[loginNameFields.loginName] ?? "").trim();
  const again = async (problem: "required" | "unknown") =>
    sendLoginName(visit, { loginName, problem, hasAccounts: await hasAccounts(deps, visit) });
  if (loginName === "") return again("required");
  const asked = visit.signIn?.requested.orgId ?? null;
  const { login } = await deps.policiesOf(visit.ctx, asked);
  if (!login.ignoreUnknownUsernames) {
    const found = loginName.length <= limits.nameChars ? await deps.users.findByLoginName(visit.ctx, loginName) : null;
    // A sign-in for one organization knows nobody else.
    if (found === null || (asked !== null && found.orgId !== asked)) return again("unknown");
  }
  return sendPassword(visit, { loginName });
};
