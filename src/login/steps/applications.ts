import type { FastifyReply } from "fastify";
import type { Run } from "../../kernel/command.ts";
import { applicationId } from "../../kernel/ids.ts";
import { isSignedIn } from "../../modules/auth-request/what-is-missing.ts";
import type { ConsentReader } from "../../modules/consent/consent.queries.ts";
import { withdrawConsent } from "../../modules/consent/withdraw-consent.ts";
import type { BrowserSession } from "../../modules/session/session.queries.ts";
import { renderApplicationsPage, withdrawFields } from "../pages/applications.ts";
import { loginPaths } from "../paths.ts";
import type { ProceedDeps } from "../proceed.ts";
import { redirectTo, sendPage } from "../respond.ts";
import { accountOf, formOf, type Visit } from "../visit.ts";

export type ApplicationsDeps = Pick<ProceedDeps, "sessions" | "policiesOf"> & {
  readonly run: Run<unknown>;
  readonly consents: Pick<ConsentReader, "ofUser">;
};

/** The accounts of this browser whose people are signed in now, by the policy of their organizations. */
const signedIn = async (deps: ApplicationsDeps, { ctx, browser }: Visit): Promise<readonly BrowserSession[]> => {
  const sessions = await deps.sessions.ofBrowser(ctx.instanceId, browser, ctx.now);
  const standing = await Promise.all(
    sessions.map(async (session) => isSignedIn(session, (await deps.policiesOf(ctx, session.orgId)).login, ctx.now)),
  );
  return sessions.filter((_session, index) => standing[index]);
};

/** What the people of this browser have allowed applications; who is not signed in signs in first. */
export const askApplications = async (deps: ApplicationsDeps, visit: Visit): Promise<FastifyReply> => {
  const sessions = await signedIn(deps, visit);
  if (sessions.length === 0) return redirectTo(visit.reply, loginPaths.login);
  const accounts = await Promise.all(
    sessions.map(async (session) => ({
      ...accountOf(session),
      sessionId: session.sessionId,
      applications: await deps.consents.ofUser(visit.ctx, session.userId),
    })),
  );
  return sendPage(
    visit.reply,
    renderApplicationsPage(
      { ...formOf(visit, loginPaths.applications), accounts, homeHref: loginPaths.login },
      visit.t,
    ),
  );
};

/** Takes back what one of them has allowed one application. */
export const takeApplications = async (deps: ApplicationsDeps, visit: Visit): Promise<FastifyReply> => {
  const { sent, ctx } = visit;
  const session = (await signedIn(deps, visit)).find(({ sessionId }) => sessionId === sent[withdrawFields.session]);
  const named = applicationId.safeParse(sent[withdrawFields.application]);
  if (session !== undefined && named.success) {
    await deps.run(withdrawConsent, ctx, { userId: session.userId, applicationId: named.data });
  }
  return redirectTo(visit.reply, loginPaths.applications);
};
