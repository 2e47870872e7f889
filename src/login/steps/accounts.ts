import type { FastifyReply } from "fastify";
import type { Run } from "../../kernel/command.ts";
import { terminateSession } from "../../modules/session/terminate-session.ts";
import { accountChoiceFields } from "../pages/account-choice.ts";
import { type ProceedDeps, proceed, sendAccountChoice, sendLoginName, sendPassword } from "../proceed.ts";
import { accountOf, type Visit } from "../visit.ts";

export type AccountsDeps = ProceedDeps & { readonly run: Run<unknown> };

const sessionsOf = (deps: AccountsDeps, visit: Visit) =>
  deps.sessions.ofBrowser(visit.ctx.instanceId, visit.browser, visit.ctx.now);

/** The accounts of this browser; without any there is nothing to choose. */
export const askAccount = async (deps: AccountsDeps, visit: Visit): Promise<FastifyReply> => {
  const sessions = await sessionsOf(deps, visit);
  return sessions.length === 0 ? sendLoginName(visit, { hasAccounts: false }) : sendAccountChoice(visit, sessions);
};

/** An account was chosen, removed from the list (which ends its session), or another one is wanted. */
export const takeAccount = async (deps: AccountsDeps, visit: Visit): Promise<FastifyReply> => {
  const { sent } = visit;
  // Only sessions of this browser can be named: any other id is nobody's.
  const sessions = await sessionsOf(deps, visit);
  const removed = sessions.find((session) => session.sessionId === sent[accountChoiceFields.remove]);
  if (removed !== undefined) {
    await deps.run(terminateSession, visit.ctx, { sessionId: removed.sessionId });
    return askAccount(deps, visit);
  }
  const chosen = sessions.find((session) => session.sessionId === sent[accountChoiceFields.choose]);
  if (chosen === undefined) return sendLoginName(visit, { hasAccounts: sessions.length > 0 });
  if (chosen.passwordCheckedAt === null || !chosen.canSignIn) return sendPassword(visit, accountOf(chosen));
  return proceed(deps, visit, chosen.sessionId);
};
