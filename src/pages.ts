import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { apiDocsPaths } from "./api-docs.ts";
import { newReference } from "./compose.ts";
import type { Sites } from "./hosts.ts";
import { Refusal } from "./kernel/refusal.ts";
import { renderHostUnknownPage } from "./login/pages/host-unknown.ts";
import { renderStartPage } from "./login/pages/start.ts";
import { renderNotFoundPage, renderServerErrorPage } from "./login/pages/status.ts";
import { loginPaths } from "./login/paths.ts";
import { sendPage, speak } from "./login/respond.ts";
import type { Log } from "./platform/log/log.ts";
import { endpoints } from "./protocols/oidc/endpoints.ts";

/** The start page, and what people see where there is nothing, or something broke. */
export const startAndProblemPages = (app: FastifyInstance, sites: Sites, log: Log): void => {
  app.get(loginPaths.start, async (request, reply) => {
    const needsAdministrator = await sites.needsAdministrator(request);
    return sendPage(
      reply,
      renderStartPage(
        {
          frame: {},
          discoveryHref: endpoints.discovery,
          documentationHref: apiDocsPaths.page,
          signInHref: loginPaths.login,
          needsAdministrator,
        },
        speak(request),
      ),
    );
  });
  app.setNotFoundHandler((request, reply) =>
    sendPage(reply, renderNotFoundPage({ frame: {}, homeHref: loginPaths.start }, speak(request)), { status: 404 }),
  );
  app.setErrorHandler((error, request, reply) => sendProblem(error, request, reply, sites, log));
};

/** An address that cannot be decoded, such as `/%`: no route is asked. */
export const sendMalformed = (request: FastifyRequest, reply: FastifyReply): FastifyReply =>
  sendPage(reply, renderNotFoundPage({ frame: {}, homeHref: loginPaths.start }, speak(request)), { status: 400 });

const sendProblem = (
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
  sites: Sites,
  log: Log,
): FastifyReply => {
  const t = speak(request);
  if (error instanceof Refusal && error.code === "instance.not_found") {
    const { host, scheme } = sites.addressOf(request);
    return sendPage(reply, renderHostUnknownPage({ frame: {}, host, scheme }, t), { status: 404 });
  }
  if (error instanceof Refusal && error.kind === "unavailable") {
    const page = renderServerErrorPage({ frame: {}, reference: error.id }, t);
    return sendPage(reply.header("retry-after", "1"), page, { status: 503 });
  }
  const status =
    error instanceof Error && "statusCode" in error && typeof error.statusCode === "number" ? error.statusCode : 500;
  if (status >= 400 && status < 500) {
    return sendPage(reply, renderNotFoundPage({ frame: {}, homeHref: loginPaths.start }, t), { status });
  }
  const reference = newReference();
  log.error("page failed", { error, requestId: reference });
  return sendPage(reply, renderServerErrorPage({ frame: {}, reference }, t), { status: 500 });
};
