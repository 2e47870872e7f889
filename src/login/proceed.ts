import type { FastifyReply } from "fastify";
import type { Run } from "../kernel/command.ts";
import type { SessionId } from "../kernel/ids.ts";
import { Refusal } from "../kernel/refusal.ts";
import { instant } from "../kernel/time.ts";
import { unreachable } from "../kernel/unreachable.ts";
import type { AnswerWriter } from "../modules/auth-request/answer-writer.ts";
import { type CompleteAuthRequestSources, completeAuthRequest } from "../modules/auth-request/complete-auth-request.ts";
import type { DecoupledReader } from "../modules/auth-request/decoupled.queries.ts";
import { failAuthRequest } from "../modules/auth-request/fail-auth-request.ts";
import { type Asked, type Missing, whatIsMissing } from "../modules/auth-request/what-is-missing.ts";
import { askedIn } from "../modules/consent/consent.events.ts";
import { hostOf } from "../modules/consent/consent.queries.ts";
import type { BrowserSession, SessionReader } from "../modules/session/session.queries.ts";
import type { PoliciesOf } from "../modules/settings/policies.events.ts";
import { renderAccountChoicePage } from "./pages/account-choice.ts";
import { renderAccountStatePage } from "./pages/account-state.ts";
import { renderConsentPage } from "./pages/consent.ts";
import { renderLoginNamePage } from "./pages/login-name.ts";
import { renderNewPasswordPage } from "./pages/new-password.ts";
import { renderPasswordPage } from "./pages/password.ts";
import { renderRequestExpiredPage } from "./pages/request-expired.ts";
import { renderSignedInPage } from "./pages/signed-in.ts";
import { loginPaths, pathWith } from "./paths.ts";
import { redirectTo, sendPage } from "./respond.ts";
import { sessionField } from "./session-field.ts";
import { sendApproval } from "./steps/decoupled.ts";
import { accountOf, formOf, shownName, signInId, type Visit } from "./visit.ts";

export type ProceedDeps = {
  readonly run: Run<CompleteAuthRequestSources>;
  readonly sessions: Pick<SessionReader, "ofBrowser">;
  readonly policiesOf: PoliciesOf;
  readonly answers: AnswerWriter;
  readonly decoupled: Pick<DecoupledReader, "find">;
};

/**
 * The dispatcher: asks what the sign-in still misses and answers with the page for it, or finishes. Every step ends here;
 * no page knows another. `chosen` is the account that the person has just named or proved.
 */
export const proceed = async (
  deps: ProceedDeps,
  visit: Visit,
  chosen: SessionId | null = null,
): Promise<FastifyReply> => {
  const sessions = await deps.sessions.ofBrowser(visit.ctx.instanceId, visit.browser, visit.ctx.now);
  const policies = await deps.policiesOf(visit.ctx, visit.signIn?.requested.orgId ?? null);
  const missing = whatIsMissing(visit.signIn ?? nothingAsked, sessions, {
    rules: policies.login,
    chosen,
    now: visit.ctx.now,
  });
  return answer(deps, visit, missing, sessions);
};

/** Somebody who comes without an application is asked for nothing in particular. */
const nothingAsked: Asked = {
  requested: { prompt: [], maxAgeSeconds: null, hintUserId: null, orgId: null, acrValues: [], claims: null },
  loginHint: null,
  createdAt: instant(0),
};

const answer = async (
  deps: ProceedDeps,
  visit: Visit,
  missing: Missing<BrowserSession>,
  sessions: readonly BrowserSession[],
): Promise<FastifyReply> => {
  switch (missing.is) {
    case "login_name":
      return sendLoginName(visit, { loginName: missing.loginName ?? undefined, hasAccounts: sessions.length > 0 });
    case "select_account":
      return sendAccountChoice(visit, missing.sessions);
    case "account_inactive":
      return sendUnusable(visit, missing.session, "inactive");
    case "password":
      return sendPassword(visit, accountOf(missing.session));
    case "acr":
      return fail(deps, visit, "unmet_authentication_requirements");
    case "change_password":
      return sendNewPassword(deps, visit, missing.session);
    case "ready":
      visit.tellState(sessions.map(({ sessionId }) => sessionId));
      return finish(deps, visit, missing.session);
    default:
      return unreachable(missing);
  }
};

/** Hands the sign-in back to the application, or, without one, says who is signed in. */
const finish = async (deps: ProceedDeps, visit: Visit, session: BrowserSession): Promise<FastifyReply> => {
  if (visit.signIn === null) return sendSignedIn(visit, session);
  const { decoupledId } = visit.signIn.requested;
  if (decoupledId !== null)
    return (await sendApproval(deps.decoupled, visit, session, decoupledId)) ?? sendExpired(visit);
  try {
    const { result } = await deps.run(completeAuthRequest, visit.ctx, {
      authRequestId: visit.signIn.authRequestId,
      sessionId: session.sessionId,
      userId: session.userId,
      proof: { by: "browser", browserId: visit.browser },
    });
    return await redirectTo(visit.reply, await deps.answers.completed(visit.ctx, visit.issuer, result));
  } catch (error) {
    if (error instanceof Refusal && error.code === "auth_request.user_not_authorized") {
      return sendUnusable(visit, session, "unauthorized");
    }
    if (error instanceof Refusal && error.code === "auth_request.consent_missing") return sendConsent(visit, session);
    // Finished in another tab, or too late: the person is told, and nothing was redeemed twice.
    if (error instanceof Refusal && error.code.startsWith("auth_request.")) return sendExpired(visit);
    throw error;
  }
};

/** Hands the sign-in back to the application without anybody signed in: no page here could give what it asked for. */
export const fail = async (deps: ProceedDeps, visit: Visit, error: string): Promise<FastifyReply> => {
  if (visit.signIn === null || visit.signIn.requested.decoupledId !== null) return sendExpired(visit);
  const { result } = await deps.run(failAuthRequest, visit.ctx, { authRequestId: visit.signIn.authRequestId, error });
  return redirectTo(visit.reply, await deps.answers.failed(visit.ctx, visit.issuer, result.requested, { error }));
};

/** What the application asks for, and who it is; of a stranger's the host that is verified and nothing else. */
const sendConsent = (visit: Visit, session: BrowserSession): FastifyReply => {
  const { signIn, client } = visit;
  if (signIn === null || client === null) return sendExpired(visit);
  const { scopes, resources, claims } = askedIn(signIn.requested);
  const { policyUri, tosUri } = client.settings;
  const isStranger = client.settings.registeredBy !== "administrator";
  const returnHost = URL.parse(signIn.requested.redirectUri)?.host;
  const model = {
    ...formOf(visit, loginPaths.consent, { [sessionField]: session.sessionId }),
    application: shownName(client),
    account: accountOf(session),
    ...(isStranger ? { stranger: { host: hostOf(client.clientId, client.oidc?.redirectUris ?? []) } } : {}),
    ...(returnHost ? { returnHost } : {}),
    scopes,
    resources,
    claims,
    authorizations: signIn.requested.authorizationDetails.map((detail) => ({
      type: typeof detail["type"] === "string" ? detail["type"] : "",
      text: JSON.stringify(detail, null, 1),
    })),
    ...(policyUri === null ? {} : { policyUri }),
    ...(tosUri === null ? {} : { tosUri }),
  };
  return sendPage(visit.reply, renderConsentPage(model, visit.t), { formTargets: visit.formTargets });
};

const sendUnusable = (visit: Visit, session: BrowserSession, is: "inactive" | "unauthorized"): FastifyReply =>
  sendPage(
    visit.reply,
    renderAccountStatePage(
      {
        frame: visit.frame,
        state: { is },
        account: accountOf(session),
        changeHref: pathWith(loginPaths.loginName, signInId(visit)),
      },
      visit.t,
    ),
    { status: 403 },
  );

export const sendExpired = (visit: Pick<Visit, "reply" | "frame" | "t">): FastifyReply =>
  sendPage(visit.reply, renderRequestExpiredPage({ frame: visit.frame }, visit.t), { status: 410 });

export const sendLoginName = (
  visit: Visit,
  shown: {
    readonly loginName?: string | undefined;
    readonly hasAccounts: boolean;
    readonly problem?: "required" | "unknown" | "inactive";
  },
): FastifyReply =>
  sendPage(
    visit.reply,
    renderLoginNamePage(
      {
        ...formOf(visit, loginPaths.loginName),
        loginName: shown.loginName,
        problem: shown.problem,
        ...(shown.hasAccounts ? { accountsHref: pathWith(loginPaths.accounts, signInId(visit)) } : {}),
      },
      visit.t,
    ),
    { status: shown.problem === undefined ? 200 : 422, formTargets: visit.formTargets },
  );

export const sendAccountChoice = (visit: Visit, sessions: readonly BrowserSession[]): FastifyReply =>
  sendPage(
    visit.reply,
    renderAccountChoicePage(
      {
        ...formOf(visit, loginPaths.accounts),
        accounts: sessions.map((session) => ({
          ...accountOf(session),
          id: session.sessionId,
          isSignedIn: session.canSignIn && session.passwordCheckedAt !== null,
        })),
      },
      visit.t,
    ),
    { formTargets: visit.formTargets },
  );

export const sendPassword = (
  visit: Visit,
  account: { readonly loginName: string; readonly displayName?: string },
  problem?: Parameters<typeof renderPasswordPage>[0]["problem"],
): FastifyReply =>
  sendPage(
    visit.reply,
    renderPasswordPage(
      {
        ...formOf(visit, loginPaths.password),
        account,
        problem,
        changeHref: pathWith(loginPaths.loginName, signInId(visit)),
      },
      visit.t,
    ),
    { status: problem === undefined ? 200 : 422, formTargets: visit.formTargets },
  );

export const sendNewPassword = async (
  deps: Pick<ProceedDeps, "policiesOf">,
  visit: Visit,
  session: BrowserSession,
  found: Pick<Parameters<typeof renderNewPasswordPage>[0], "problems" | "unmetRules"> = {},
): Promise<FastifyReply> => {
  const policies = await deps.policiesOf(visit.ctx, session.orgId);
  const model = {
    ...formOf(visit, loginPaths.newPassword, { [sessionField]: session.sessionId }),
    account: accountOf(session),
    reason: "forced",
    rules: rulesOf(policies["password.complexity"]),
    ...found,
  } as const;
  return sendPage(visit.reply, renderNewPasswordPage(model, visit.t), {
    status: found.problems === undefined ? 200 : 422,
    formTargets: visit.formTargets,
  });
};

/** The complexity policy in the words of the pages. */
export const rulesOf = (policy: {
  readonly minLength: number;
  readonly requiresUppercase: boolean;
  readonly requiresLowercase: boolean;
  readonly requiresNumber: boolean;
  readonly requiresSymbol: boolean;
}) => ({
  minLength: policy.minLength,
  hasUppercase: policy.requiresUppercase,
  hasLowercase: policy.requiresLowercase,
  hasNumber: policy.requiresNumber,
  hasSymbol: policy.requiresSymbol,
});

const sendSignedIn = (visit: Visit, session: BrowserSession): FastifyReply =>
  sendPage(
    visit.reply,
    renderSignedInPage(
      {
        ...formOf(visit, loginPaths.signOut),
        account: accountOf(session),
        otherAccountHref: loginPaths.accounts,
        applicationsHref: loginPaths.applications,
      },
      visit.t,
    ),
  );
