import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { Refusal } from "../kernel/refusal.ts";
import type { Asset } from "./assets.ts";
import { mark } from "./mark.ts";
import { renderTooManyRequestsPage } from "./pages/status.ts";
import { loginPaths } from "./paths.ts";
import { type ProceedDeps, proceed, sendExpired } from "./proceed.ts";
import { sendPage } from "./respond.ts";
import { goOnAfterFrames, submitForm } from "./scripts.ts";
import { type AccountsDeps, askAccount, takeAccount } from "./steps/accounts.ts";
import { type ApplicationsDeps, askApplications, takeApplications } from "./steps/applications.ts";
import { type ConsentDeps, takeConsent } from "./steps/consent.ts";
import {
  askDeviceCode,
  askWaiting,
  type DecoupledDeps,
  takeApproval,
  takeDeviceCode,
  takeWaiting,
} from "./steps/decoupled.ts";
import {
  askFirstAdministrator,
  type FirstAdministratorDeps,
  takeFirstAdministrator,
} from "./steps/first-administrator.ts";
import { askLoginName, type LoginNameDeps, takeLoginName } from "./steps/login-name.ts";
import { type NewPasswordDeps, takeNewPassword } from "./steps/new-password.ts";
import { type PasswordDeps, takePassword } from "./steps/password.ts";
import { askSignOut, type SignOutDeps, saySignedOut, takeSignOut } from "./steps/sign-out.ts";
import { stylesheet } from "./style.ts";
import { openVisit, type Visit, type VisitDeps } from "./visit.ts";

export type LoginDeps = VisitDeps &
  ProceedDeps &
  LoginNameDeps &
  PasswordDeps &
  AccountsDeps &
  NewPasswordDeps &
  ConsentDeps &
  ApplicationsDeps &
  SignOutDeps &
  DecoupledDeps &
  FirstAdministratorDeps;

type Step = (deps: LoginDeps, visit: Visit) => Promise<FastifyReply>;

/** What was answered in the meantime, or elsewhere, cannot be answered again: the person is told. */
const answerDecoupled: Step = async (deps, visit) => {
  try {
    const answered = await takeApproval(deps, visit);
    return answered ?? (await sendExpired(visit));
  } catch (error) {
    if (error instanceof Refusal && error.code.startsWith("auth_request.")) return sendExpired(visit);
    // The session is not enough any more: the dispatcher asks for what is missing.
    if (error instanceof Refusal && error.code.startsWith("session.")) return proceed(deps, visit);
    throw error;
  }
};

/** Every sign-in page: what a visit to it gets, and what its form does. */
const pages = {
  [loginPaths.login]: { get: (deps, visit) => proceed(deps, visit) },
  [loginPaths.loginName]: { get: askLoginName, post: takeLoginName },
  [loginPaths.password]: { get: (deps, visit) => proceed(deps, visit), post: takePassword },
  [loginPaths.accounts]: { get: askAccount, post: takeAccount },
  [loginPaths.newPassword]: { get: (deps, visit) => proceed(deps, visit), post: takeNewPassword },
  [loginPaths.consent]: { get: (deps, visit) => proceed(deps, visit), post: takeConsent },
  [loginPaths.applications]: { get: askApplications, post: takeApplications },
  [loginPaths.signOut]: { get: askSignOut, post: takeSignOut },
  [loginPaths.signedOut]: { get: async (_deps, visit) => saySignedOut(visit) },
  [loginPaths.device]: { get: askDeviceCode, post: takeDeviceCode },
  [loginPaths.requests]: { get: askWaiting, post: takeWaiting },
  [loginPaths.approval]: { get: (deps, visit) => proceed(deps, visit), post: answerDecoupled },
  [loginPaths.firstAdministrator]: { get: askFirstAdministrator, post: takeFirstAdministrator },
} as const satisfies Record<string, { readonly get: Step; readonly post?: Step }>;

/** Registers the sign-in pages and their files. */
export const loginRoutes =
  (deps: LoginDeps) =>
  async (app: FastifyInstance): Promise<void> => {
    const serve = (step: Step) => async (request: FastifyRequest, reply: FastifyReply) => {
      const visit = await openVisit(deps, request, reply);
      if ("is" in visit) return sendExpired(visit);
      try {
        return await step(deps, visit);
      } catch (error) {
        if (!(error instanceof Refusal && error.kind === "limited")) throw error;
        return sendPage(reply, renderTooManyRequestsPage({ frame: visit.frame }, visit.t), { status: 429 });
      }
    };
    for (const [path, page] of Object.entries(pages)) {
      app.get(path, serve(page.get));
      if ("post" in page) app.post(path, serve(page.post));
    }
    for (const file of [stylesheet, mark, goOnAfterFrames, submitForm])
      app.get(file.path, (request, reply) => sendAsset(file, request, reply));
  };

/** Sends a file whose path names its content. */
export const sendAsset = (file: Asset, request: FastifyRequest, reply: FastifyReply): FastifyReply => {
  const known = request.headers["if-none-match"] === file.etag;
  reply.headers({ etag: file.etag, "cache-control": file.cacheControl, "x-content-type-options": "nosniff" });
  return known ? reply.code(304).send() : reply.header("content-type", file.contentType).send(file.body);
};
