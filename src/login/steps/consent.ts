import type { FastifyReply } from "fastify";
import type { Run } from "../../kernel/command.ts";
import { Refusal } from "../../kernel/refusal.ts";
import { type GiveConsentSources, giveConsent } from "../../modules/consent/give-consent.ts";
import { consentField } from "../pages/consent.ts";
import { fail, type ProceedDeps, proceed, sendExpired } from "../proceed.ts";
import { sessionField } from "../session-field.ts";
import type { Visit } from "../visit.ts";

export type ConsentDeps = ProceedDeps & { readonly run: Run<GiveConsentSources> };

/** The person has allowed what the application asks for, or not; only what was shown in this browser can be answered. */
export const takeConsent = async (deps: ConsentDeps, visit: Visit): Promise<FastifyReply> => {
  const { signIn, client, ctx, sent } = visit;
  if (signIn === null || client === null) return proceed(deps, visit);
  if (sent[consentField.name] === consentField.deny) return fail(deps, visit, "access_denied");
  const sessions = await deps.sessions.ofBrowser(ctx.instanceId, visit.browser, ctx.now);
  const session = sessions.find(({ sessionId }) => sessionId === sent[sessionField]);
  if (session === undefined || sent[consentField.name] !== consentField.allow) return proceed(deps, visit);
  try {
    await deps.run(giveConsent, ctx, {
      authRequestId: signIn.authRequestId,
      sessionId: session.sessionId,
      userId: session.userId,
      applicationId: client.applicationId,
      proof: { by: "browser", browserId: visit.browser },
    });
  } catch (error) {
    if (error instanceof Refusal && error.code.startsWith("auth_request.")) return sendExpired(visit);
    throw error;
  }
  return proceed(deps, visit, session.sessionId);
};
