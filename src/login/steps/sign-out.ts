import type { FastifyReply } from "fastify";
import type { Run } from "../../kernel/command.ts";
import { Refusal } from "../../kernel/refusal.ts";
import type { SessionReader } from "../../modules/session/session.queries.ts";
import { terminateSession } from "../../modules/session/terminate-session.ts";
import { renderSignOutPage } from "../pages/sign-out.ts";
import { renderSignedOutPage } from "../pages/signed-out.ts";
import { loginPaths } from "../paths.ts";
import { redirectTo, sendPage } from "../respond.ts";
import { accountOf, formOf, type Visit } from "../visit.ts";

export type SignOutDeps = { readonly run: Run<unknown>; readonly sessions: Pick<SessionReader, "ofBrowser"> };

/** Asks whether to sign out: a link alone, on any site, must not do it (OIDC RP-Initiated Logout 1.0 §2). */
export const askSignOut = async (deps: SignOutDeps, visit: Visit): Promise<FastifyReply> => {
  const [latest] = await deps.sessions.ofBrowser(visit.ctx.instanceId, visit.browser, visit.ctx.now);
  if (latest === undefined) return redirectTo(visit.reply, loginPaths.signedOut);
  return sendPage(
    visit.reply,
    renderSignOutPage(
      { ...formOf(visit, loginPaths.signOut), account: accountOf(latest), cancelHref: loginPaths.login },
      visit.t,
    ),
  );
};

/** Ends every session of this browser. */
export const takeSignOut = async (deps: SignOutDeps, visit: Visit): Promise<FastifyReply> => {
  for (const { sessionId } of await deps.sessions.ofBrowser(visit.ctx.instanceId, visit.browser, visit.ctx.now)) {
    await deps.run(terminateSession, visit.ctx, { sessionId }).catch((error: unknown) => {
      // Ended in the meantime: that is what was wanted.
      if (!(error instanceof Refusal && error.code === "session.not_found")) throw error;
    });
  }
  return redirectTo(visit.reply, loginPaths.signedOut);
};

export const saySignedOut = (visit: Pick<Visit, "reply" | "frame" | "t">): FastifyReply =>
  sendPage(visit.reply, renderSignedOutPage({ frame: visit.frame, signInHref: loginPaths.login }, visit.t));
