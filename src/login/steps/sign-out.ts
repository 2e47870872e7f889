import type { FastifyReply } from "fastify";
import type { Run } from "../../kernel/command.ts";
import { Refusal } from "../../kernel/refusal.ts";
import type { SessionReader } from "../../modules/session/session.queries.ts";
import { terminateSession } from "../../modules/session/terminate-session.ts";
import { renderSignOutPage } from "../pages/sign-out.ts";
import { renderSignedOutPage } from "../pages/signed-out.ts";
import { loginPaths } from "../paths.ts";
import { formTargetOf, redirectTo, sendPage } from "../respond.ts";
import { accountOf, formOf, type Visit } from "../visit.ts";

export type SignOutDeps = { readonly run: Run<unknown>; readonly sessions: Pick<SessionReader, "ofBrowser"> };

/** The query parameter and hidden field that say where the browser goes when it is signed out: a path of ours. */
const nextField = "next";

/**
 * A path of this origin, or nothing: what another site put into the link must not lead away. The path is looked at again
 * after it was resolved: of `/.//host` the dot is gone then, and a browser would take the rest for another host.
 */
const nextOf = ({ sent, issuer }: Visit): string | null => {
  const url = sent[nextField]?.startsWith("/") ? URL.parse(sent[nextField], issuer) : null;
  if (url === null || url.origin !== issuer || url.pathname.startsWith("//")) return null;
  return `${url.pathname}${url.search}`;
};

/** Where the path leads in the end, for the page's policy. */
const targetsOf = (next: string | null, { issuer }: Visit): readonly string[] => {
  const uri = next === null ? null : URL.parse(next, issuer)?.searchParams.get("post_logout_redirect_uri");
  return uri ? formTargetOf(uri) : [];
};

/** Asks whether to sign out: a link alone, on any site, must not do it (OIDC RP-Initiated Logout 1.0 §2). */
export const askSignOut = async (deps: SignOutDeps, visit: Visit): Promise<FastifyReply> => {
  const [latest] = await deps.sessions.ofBrowser(visit.ctx.instanceId, visit.browser, visit.ctx.now);
  const next = nextOf(visit);
  if (latest === undefined) return redirectTo(visit.reply, next ?? loginPaths.signedOut);
  const hidden: Record<string, string> = next === null ? {} : { [nextField]: next };
  return sendPage(
    visit.reply,
    renderSignOutPage(
      { ...formOf(visit, loginPaths.signOut, hidden), account: accountOf(latest), cancelHref: loginPaths.login },
      visit.t,
    ),
    { formTargets: targetsOf(next, visit) },
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
  return redirectTo(visit.reply, nextOf(visit) ?? loginPaths.signedOut);
};

export const saySignedOut = (visit: Pick<Visit, "reply" | "frame" | "t">): FastifyReply =>
  sendPage(visit.reply, renderSignedOutPage({ frame: visit.frame, signInHref: loginPaths.login }, visit.t));
