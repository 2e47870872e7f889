import type { FastifyReply, FastifyRequest } from "fastify";
import type { AuthRequestId } from "../../../kernel/ids.ts";
import type { OidcConfig } from "../../../modules/application/application.events.ts";
import { type CallbackTarget, callbackUrl } from "../../../modules/auth-request/callback-url.ts";
import { startAuthRequest } from "../../../modules/auth-request/start-auth-request.ts";
import type { Enter } from "../enter.ts";
import { bodyOf, neverStore, type OidcLog, queryOf, refusalOf } from "../http.ts";
import type { OidcInstance } from "../instance.ts";
import { type AnswerSilentlyDeps, answerSilently } from "./answer-silently.ts";
import { askedOf } from "./asked.ts";
import { type AuthorizeStepDeps, authorizeSteps, type Checked } from "./authorize-steps.ts";
import { walk } from "./steps.ts";

export type AuthorizeDeps = AuthorizeStepDeps &
  AnswerSilentlyDeps & {
    readonly enter: Enter;
    readonly log: OidcLog;
    /** where the sign-in of an auth request begins: our own pages, or the application's */
    readonly loginUrl: (
      instance: OidcInstance,
      authRequestId: AuthRequestId,
      version: OidcConfig["loginVersion"],
    ) => string;
  };

/** OpenID Connect Core 1.0 §3.1.2.1: parameters in the URL with GET, in the form with POST. */
const sentWith = (request: FastifyRequest) => (request.method === "POST" ? bodyOf(request) : queryOf(request));

/** The authorization endpoint (RFC 6749 §3.1): checks, then a code, an error, or a sign-in that will end in one of them. */
export const authorizeEndpoint = (deps: AuthorizeDeps) => {
  const steps = authorizeSteps(deps);
  const silently = answerSilently(deps);

  const locationFor = async (checked: Checked, request: FastifyRequest, reply: FastifyReply): Promise<string> => {
    const { ctx, instance, answerTo, client } = checked;
    if (checked.prompt.includes("none")) {
      return callbackUrl(answerTo, instance.issuer, await silently(checked, instance.browsers.read(request)));
    }
    const browser = instance.browsers.ensure(request, reply);
    const { result } = await deps.run(startAuthRequest, ctx, {
      ...askedOf(checked, browser),
      loginHint: checked.loginHint,
    });
    return deps.loginUrl(instance, result.authRequestId, client.oidc.loginVersion);
  };

  return async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    const entered = await deps.enter(request);
    const walked = await walk({ ...entered, sent: sentWith(request) }, steps);
    if (walked.is === "refused") {
      const { answerTo } = walked.found;
      if (answerTo === undefined) throw walked.error;
      return sendRedirect(reply, errorUrl(deps.log, request, entered.instance, answerTo, walked.error));
    }
    const { found } = walked;
    const location = await locationFor(found, request, reply).catch((error: unknown) =>
      errorUrl(deps.log, request, entered.instance, found.answerTo, error),
    );
    return sendRedirect(reply, location);
  };
};

/** The one writer of errors that go to the client by redirect (RFC 6749 §4.1.2.1). */
const errorUrl = (
  log: OidcLog,
  request: FastifyRequest,
  { issuer }: OidcInstance,
  answerTo: CallbackTarget,
  error: unknown,
): string => {
  const said = refusalOf(log, request, error);
  return callbackUrl(answerTo, issuer, { error: said.code, errorDescription: said.description });
};

/** RFC 9700 §4.12: 303, so that no browser sends a form on to the next address. */
const sendRedirect = (reply: FastifyReply, url: string): FastifyReply =>
  neverStore(reply).header("referrer-policy", "no-referrer").redirect(url, 303);
