import type { FastifyReply } from "fastify";
import type { Run } from "../../kernel/command.ts";
import type { InstanceId, SessionId } from "../../kernel/ids.ts";
import { Refusal } from "../../kernel/refusal.ts";
import type { SessionReader } from "../../modules/session/session.queries.ts";
import { terminateSession } from "../../modules/session/terminate-session.ts";
import { renderSignOutPage } from "../pages/sign-out.ts";
import { renderSignedOutPage } from "../pages/signed-out.ts";
import { renderSigningOutPage } from "../pages/signing-out.ts";
import { loginPaths } from "../paths.ts";
import { formTargetOf, redirectTo, sendPage } from "../respond.ts";
import { accountOf, formOf, type Visit } from "../visit.ts";

export type SignOutDeps = {
  readonly run: Run<unknown>;
  readonly sessions: Pick<SessionReader, "ofBrowser">;
  /** the addresses in frames by which applications learn of it */
  readonly frontChannelLogouts: (
    instance: { readonly instanceId: InstanceId; readonly issuer: string },
    sessionIds: readonly SessionId[],
  ) => Promise<readonly string[]>;
};

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
  const sessions = await deps.sessions.ofBrowser(visit.ctx.instanceId, visit.browser, visit.ctx.now);
  const next = nextOf(visit);
  const hint = next === null ? null : URL.parse(next, visit.issuer)?.searchParams.get("logout_hint");
  const latest = sessions.find(({ loginName, sessionId }) => loginName === hint || sessionId === hint) ?? sessions[0];
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
  const { instanceId } = visit.ctx;
  const sessions = await deps.sessions.ofBrowser(instanceId, visit.browser, visit.ctx.now);
  const frames = await deps.frontChannelLogouts(
    { instanceId, issuer: visit.issuer },
    sessions.map(({ sessionId }) => sessionId),
  );
  for (const { sessionId } of sessions) {
    await deps.run(terminateSession, visit.ctx, { sessionId }).catch((error: unknown) => {
      // Ended in the meantime: that is what was wanted.
      const isOver = error instanceof Refusal && ["session.not_found", "session.terminated"].includes(error.code);
      if (!isOver) throw error;
    });
  }
  visit.tellState([]);
  return saySigningOut(visit, frames, nextOf(visit) ?? loginPaths.signedOut);
};

/** Goes on to an address: by way of the page that opens the applications' frames, where there are any. */
export const saySigningOut = (
  { reply, t, frame }: Pick<Visit, "reply" | "frame" | "t">,
  frames: readonly string[],
  goOnHref: string,
): FastifyReply =>
  frames.length === 0
    ? redirectTo(reply, goOnHref)
    : sendPage(reply, renderSigningOutPage({ frame, frames, goOnHref }, t), { frames, hasScript: true });

export const saySignedOut = (visit: Pick<Visit, "reply" | "frame" | "t">): FastifyReply =>
  sendPage(visit.reply, renderSignedOutPage({ frame: visit.frame, signInHref: loginPaths.login }, visit.t));
