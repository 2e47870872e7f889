import type { IncomingMessage, ServerResponse } from "node:http";
import { createSecureContext } from "node:tls";
import Fastify, { type FastifyInstance } from "fastify";
import { createApi } from "./api/router.ts";
import { apiDocsRoutes } from "./api-docs.ts";
import type { Core } from "./compose.ts";
import { sitesOf } from "./hosts.ts";
import { limits } from "./kernel/limits.ts";
import { loginRoutes } from "./login/login-routes.ts";
import { renderFormPostPage } from "./login/pages/form-post.ts";
import { renderOAuthErrorPage } from "./login/pages/oauth-error.ts";
import { loginPaths, pathWith } from "./login/paths.ts";
import { formTargetOf, pathIn, sendPage, speak } from "./login/respond.ts";
import { saySigningOut } from "./login/steps/sign-out.ts";
import { authenticateBearer } from "./modules/token/authenticate.queries.ts";
import { sendMalformed, startAndProblemPages } from "./pages.ts";
import { keepContext } from "./platform/http/keep-context.ts";
import { createLane } from "./platform/http/lane.ts";
import { parseTrustedProxies } from "./platform/http/proxies.ts";
import {
  createHttpServer,
  type HttpRequest,
  type HttpResponse,
  unavailable,
  type WebApp,
} from "./platform/http/server.ts";
import { readCertificates } from "./platform/keys/certificate.ts";
import type { Log } from "./platform/log/log.ts";
import { logRequest } from "./platform/log/request-log.ts";
import { noObserver, type Observer } from "./platform/metrics/observer.ts";
import { frontChannelLogouts as createFrontChannelLogouts } from "./protocols/oidc/logout/front-channel.ts";
import { oidcRoutes } from "./protocols/oidc/oidc-routes.ts";
import { accessJwtId } from "./protocols/oidc/tokens/access-jwt.ts";
import { ownJwtVerifier } from "./protocols/oidc/tokens/own-jwt.ts";
import { allServices, laterServices, rpcServices } from "./services.ts";
import { fileProblem, readSettingFile, type Settings } from "./settings.ts";

export type Server = { readonly close: () => Promise<void> };

/** Serves everything of a core on its one port. */
export const startServer = async (core: Core, log: Log): Promise<Server> => {
  const { settings, readers, run } = core;
  const trusted = parseTrustedProxies(settings.trustedProxies);
  const sites = sitesOf(core, trusted);
  let ready = false;

  const verifyOwn = ownJwtVerifier(readers.webKeys);
  const services = rpcServices(core);
  const frontChannelLogouts = createFrontChannelLogouts(readers);
  const api = createApi({
    challenge: sites.challengeFor,
    services,
    later: laterServices(core),
    authenticate: sites.authenticateWith(
      authenticateBearer({
        tokens: readers.tokens,
        verifyAccessJwt: async (instanceId, jwt, now) =>
          accessJwtId(verifyOwn)({ instanceId, issuer: await sites.issuerOf(instanceId) }, jwt, now),
      }),
    ),
    trustedProxies: trusted,
    isReady: () => ready && !core.isOutdated(),
    ...(core.observer === noObserver ? {} : { observer: core.observer }),
    onError: (error) => log.error("API call failed", { error }),
  });

  const lane = createLane({
    bodyBytes: limits.bodyBytes,
    resume: core.observer.resume,
    onAnswered: (answered, req) => {
      core.observer.answered({ ...answered, seconds: answered.ms / 1_000 }, req);
      logRequest(log, answered);
    },
    onError: (error) => log.error("request failed", { error }),
  });
  const app = Fastify({
    bodyLimit: limits.bodyBytes,
    logger: false,
    exposeHeadRoutes: false,
    forceCloseConnections: false,
    frameworkErrors: (_error, request, reply) => {
      void sendMalformed(request, reply);
    },
  });
  keepContext(app);
  logAnswers(app, log, core.observer);
  healthRoutes(app, core, () => ready);
  startAndProblemPages(app, sites, log);
  apiDocsRoutes(app, {
    services: () => allServices(core),
    originOf: async (request) => (await sites.oidcInstanceOf(request)).issuer,
  });
  await app.register(
    oidcRoutes({
      ...readers,
      run,
      lane,
      instanceOf: sites.oidcInstanceOf,
      clientInfoOf: sites.clientInfoOf,
      now: core.now,
      log,
      signerOf: core.signerOf,
      answers: core.answers,
      membershipsOf: readers.administrators.membershipsOf,
      sendFormPost: (request, reply, form) =>
        sendPage(reply, renderFormPostPage({ frame: {}, ...form }, speak(request)), {
          formTargets: formTargetOf(form.action),
          hasScript: true,
        }),
      clientKeys: core.clientKeys,
      openSecret: core.keys.openSecret,
      nonces: core.nonces,
      useProof: core.useProof,
      dialer: core.dialer,
      nonceRequired: settings.dpopNonceRequired,
      certificateOf: sites.certificateOf,
      clientAuthorities: readAuthorities(settings),
      certificates: settings.clientCertificates === "off" ? null : { origin: settings.mtlsUrl },
      useAssertion: core.assertions.use,
      notePoll: core.pace.notePoll,
      policiesOf: readers.settings.policiesOf,
      loginUrl: (_instance, authRequestId, version) =>
        version.version === "v2" && version.baseUri !== ""
          ? `${version.baseUri.replace(/\/$/, "")}/login?authRequest=${encodeURIComponent(authRequestId)}`
          : pathWith(loginPaths.login, authRequestId),
      confirmSignOutUrl: (_instance, next, uiLocales) => pathIn(loginPaths.signOut, uiLocales, { next }),
      deviceUrl: (userCode) =>
        userCode === null ? loginPaths.device : `${loginPaths.device}?${new URLSearchParams({ user_code: userCode })}`,
      signedOutUrl: (_instance, uiLocales) => pathIn(loginPaths.signedOut, uiLocales),
      frontChannelLogouts,
      sendSigningOutPage: (request, reply, frames, goOnHref) =>
        saySigningOut({ reply, t: speak(request), frame: {} }, frames, goOnHref),
      sendErrorPage: (request, reply, error) => {
        const t = speak(request);
        const page = renderOAuthErrorPage(
          { frame: {}, reason: error.page, error: error.code, description: error.description },
          t,
        );
        // 401 would make browsers ask for a password of their own.
        return sendPage(reply, page, { status: error.status === 401 ? 400 : error.status });
      },
    }),
  );
  await app.register(async (login) => {
    acceptFormsOnly(login);
    await login.register(
      loginRoutes({
        ...readers,
        run,
        siteOf: sites.loginSiteOf,
        hashUserCode: core.hashUserCode,
        noteAttempt: core.pace.noteAttempt,
        policiesOf: readers.settings.policiesOf,
        defaultOrgOf: sites.defaultOrgOf,
        answers: core.answers,
        frontChannelLogouts,
      }),
    );
  });
  await app.ready();

  const requestCert = settings.clientCertificates === "tls";
  const tls = settings.tls === null ? {} : { tls: { ...readCertificate(settings.tls), requestCert } };
  const server = createHttpServer({
    // The lane leaves alone what does not come by HTTP/1.1.
    api: (req, res) => lane.take(req as IncomingMessage, res as ServerResponse) || api(req, res),
    // Fastify's own router takes requests of both HTTP versions.
    app: app as unknown as WebApp,
    ...tls,
    serve: afterCatchingUp(core, core.observer === noObserver ? (_req, _res, work) => work() : core.observer.serve),
    onError: (error) => log.error("connection failed", { error }),
  });
  await server.listen(settings.port);
  ready = true;
  return {
    close: async () => {
      ready = false;
      await server.close();
      await app.close();
    },
  };
};

type Serve = (req: HttpRequest, res: HttpResponse, work: () => void) => void;

/**
 * A process that is too old for the database answers nothing any more: what it reads may be wrong. While older processes
 * live beside this one, what they have left unfilled in its read tables is filled before each request, so that what
 * was written through them is read here at once.
 */
const afterCatchingUp =
  (core: Pick<Core, "isOutdated" | "caughtUp">, serve: Serve): Serve =>
  (req, res, work) => {
    if (core.isOutdated()) return unavailable(req, res, "This process is older than the database; try again.\n");
    const behind = core.caughtUp();
    if (behind === null) return serve(req, res, work);
    behind.then(
      () => serve(req, res, work),
      () => unavailable(req, res, "The database does not answer; try again in a moment.\n"),
    );
  };

const readAuthorities = ({ clientCaFile }: Settings) => {
  if (clientCaFile === null) return [];
  const pem = readSettingFile("MUNOT_CLIENT_CA_FILE", clientCaFile).toString();
  try {
    const authorities = readCertificates(pem);
    if (authorities.length === 0) throw new Error("it holds no certificate");
    return authorities;
  } catch (error) {
    throw fileProblem("MUNOT_CLIENT_CA_FILE", clientCaFile, error);
  }
};

const readCertificate = ({ certFile, keyFile }: NonNullable<Settings["tls"]>) => {
  const cert = readSettingFile("MUNOT_TLS_CERT_FILE", certFile);
  const key = readSettingFile("MUNOT_TLS_KEY_FILE", keyFile);
  try {
    createSecureContext({ cert, key });
  } catch (error) {
    throw fileProblem("MUNOT_TLS_CERT_FILE", `${certFile} with the key ${keyFile}`, error);
  }
  return { cert, key };
};

const logAnswers = (app: FastifyInstance, log: Log, observer: Observer): void => {
  app.addHook("onResponse", async (request, reply) => {
    observer.answered(
      {
        method: request.method,
        route: request.routeOptions.url ?? "/unknown",
        status: reply.statusCode,
        seconds: reply.elapsedTime / 1_000,
      },
      request.raw,
    );
    // Probes ask every few seconds and say nothing about people or applications.
    if (request.routeOptions.url?.startsWith("/debug/") && reply.statusCode < 400) return;
    logRequest(log, {
      method: request.method,
      route: request.routeOptions.url ?? null,
      status: reply.statusCode,
      ms: reply.elapsedTime,
    });
  });
};

/** ZITADEL's paths: `healthz` says that the process runs, `ready` that it can serve. */
const healthRoutes = (app: FastifyInstance, core: Core, isReady: () => boolean): void => {
  app.get("/debug/healthz", async (_request, reply) => reply.type("text/plain").send("ok"));
  app.get("/debug/ready", async (_request, reply) => {
    if (core.isOutdated()) {
      return reply.code(503).type("text/plain").send("not ready: this process is older than the database\n");
    }
    const reachable =
      isReady() &&
      (await core.readers.instances.instances().then(
        () => true,
        () => false,
      ));
    return reply
      .code(reachable ? 200 : 412)
      .type("text/plain")
      .send(reachable ? "ok" : "not ready");
  });
};

/** Forms of pages are read here and nowhere else. */
const acceptFormsOnly = (app: FastifyInstance): void => {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("application/x-www-form-urlencoded", { parseAs: "string" }, (_request, body, done) => {
    done(null, fieldsOf(new URLSearchParams(String(body))));
  });
};

/** A field that is sent twice stands in a list, which no page takes for a value. */
const fieldsOf = (form: URLSearchParams): Record<string, string | readonly string[]> => {
  const fields: Record<string, string | readonly string[]> = Object.create(null);
  for (const name of new Set(form.keys())) {
    const values = form.getAll(name);
    fields[name] = values.length === 1 ? (values[0] ?? "") : values;
  }
  return fields;
};
