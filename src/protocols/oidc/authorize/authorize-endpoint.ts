import type { FastifyReply, FastifyRequest } from "fastify";
import type { AuthRequestId, BrowserId } from "../../../kernel/ids.ts";
import type { OidcConfig } from "../../../modules/application/application.events.ts";
import type { AnswerTo } from "../../../modules/auth-request/answer-writer.ts";
import { startAuthRequest } from "../../../modules/auth-request/start-auth-request.ts";
import type { Enter } from "../enter.ts";
import { OAuthError } from "../errors.ts";
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
    const { ctx, instance, client } = checked;
    if (checked.prompt.includes("none")) {
      const silent = instance.browsers.read(request);
      const answered = await answerOrError(checked, silent);
      const mine = silent === null ? [] : await deps.sessions.ofBrowser(ctx.instanceId, silent, ctx.now);
      const ids = mine.map(({ sessionId }) => sessionId);
      if (silent !== null) instance.browsers.tellState(reply, silent, ids);
      // The person may be signed in where the login is: it has the sessions, so it says whether one answers.
      if (typeof answered === "string") return answered;
      if (!isElsewhere(checked)) throw answered;
    }
    const browser = instance.browsers.ensure(request, reply);
    const { result } = await deps.run(startAuthRequest, ctx, {
      ...askedOf(checked, browser),
      loginHint: checked.loginHint,
    });
    const { loginVersion } = client.oidc;
    const version = checked.loginClientId === null ? loginVersion : ofLoginClient(loginVersion);
    return deps.loginUrl(instance, result.authRequestId, version);
  };

  const answerOrError = async (checked: Checked, browser: BrowserId | null): Promise<string | OAuthError> => {
    try {
      return await silently(checked, browser);
    } catch (error) {
      if (error instanceof OAuthError && error.code !== "access_denied") return error;
      throw error;
    }
  };

  return async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    const entered = await deps.enter(request);
    const { issuer } = entered.instance;
    const loginClient = request.headers["x-zitadel-login-client"];
    const walked = await walk(
      { ...entered, sent: sentWith(request), loginClient: typeof loginClient === "string" ? loginClient : null },
      steps,
    );
    /** The one writer of errors that go to the client (RFC 6749 §4.1.2.1). */
    const errorUrl = (answerTo: AnswerTo, error: unknown): Promise<string> => {
      const said = refusalOf(deps.log, request, error);
      return deps.answers.failed(entered.ctx, issuer, answerTo, {
        error: said.code,
        errorDescription: said.description,
      });
    };
    if (walked.is === "refused") {
      const { answerTo } = walked.found;
      if (answerTo === undefined) throw walked.error;
      return sendRedirect(reply, await errorUrl(answerTo, walked.error));
    }
    const { found } = walked;
    const location = await locationFor(found, request, reply).catch((error: unknown) =>
      errorUrl(found.answerTo, error),
    );
    return sendRedirect(reply, location);
  };
};

type LoginVersion = OidcConfig["loginVersion"];

/** Where ZITADEL's own login is, which such a login stands in for. */
const loginClientPath = "/ui/v2/login";

const ofLoginClient = ({ baseUri }: LoginVersion): LoginVersion => ({
  version: "v2",
  baseUri: baseUri === "" ? loginClientPath : baseUri,
});

/** Whether a login built on the API signs people in, with sessions that are not of this browser. */
const isElsewhere = ({ loginClientId, client }: Checked): boolean =>
  loginClientId !== null || (client.oidc.loginVersion.version === "v2" && client.oidc.loginVersion.baseUri !== "");

/** RFC 9700 §4.12: 303, so that no browser sends a form on to the next address. */
const sendRedirect = (reply: FastifyReply, url: string): FastifyReply =>
  neverStore(reply).header("referrer-policy", "no-referrer").redirect(url, 303);
