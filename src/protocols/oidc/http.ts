import type { FastifyInstance } from "fastify";
import { Refusal } from "../../kernel/refusal.ts";
import { isForm } from "../../platform/http/form.ts";
import type { WebReply, WebRequest } from "../../platform/http/web.ts";
import { signatureAlgorithms } from "../../platform/keys/algorithms.ts";
import type { Log } from "../../platform/log/log.ts";
import { originsOf } from "./client.ts";
import { endpoints } from "./endpoints.ts";
import { enteredIssuer } from "./enter.ts";
import { OAuthError } from "./errors.ts";
import { bearerChallenge } from "./protected-resource.ts";

const form = "application/x-www-form-urlencoded";

/** Bodies of these endpoints are forms (RFC 6749 §3.2, Appendix B); anything else is refused. */
export const acceptForms = (app: FastifyInstance): void => {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser(form, { parseAs: "string" }, (_request, body, done) => {
    done(null, new URLSearchParams(String(body)));
  });
};

/** Bodies of the registration endpoints are JSON (RFC 7591 §3.1). */
export const acceptJson = (app: FastifyInstance): void => {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser(
    "application/json",
    { parseAs: "string", bodyLimit: metadataBytes },
    (_request, body, done) => {
      try {
        done(null, JSON.parse(String(body)));
      } catch {
        done(new OAuthError("invalid_client_metadata", { description: "The body is not JSON" }));
      }
    },
  );
};

/** Metadata of a client become state, which is smaller still. */
const metadataBytes = 65_536;

/** The parameters of the body. Those of the URL do not count: they end up in logs (RFC 6749 §2.3.1). */
export const bodyOf = ({ body }: WebRequest): Iterable<readonly [string, string]> => (isForm(body) ? body : []);

/** The parameters of the URL. */
export const queryOf = ({ url }: WebRequest): Iterable<readonly [string, string]> => {
  const at = url.indexOf("?");
  return new URLSearchParams(at < 0 ? "" : url.slice(at + 1));
};

/** The path of the URL, without query. */
export const pathOf = ({ url }: Pick<WebRequest, "url">): string => url.split("?", 1)[0] ?? "";

/** What the request was refused with, as an OAuth error; whatever we do not know is our own fault. */
const oauthErrorOf = (error: unknown): OAuthError => {
  if (error instanceof OAuthError) return error;
  if (error instanceof Refusal && ["aborted", "limited", "unavailable"].includes(error.kind)) {
    return new OAuthError("temporarily_unavailable", { detail: error.code });
  }
  const status = error instanceof Error && "statusCode" in error ? error.statusCode : undefined;
  if (typeof status === "number" && status >= 400 && status < 500) {
    return new OAuthError("invalid_request", { description: "The body is too large or is not a form" });
  }
  return new OAuthError("server_error");
};

/** Keeps answers with credentials out of caches (RFC 6749 §5.1). */
export const neverStore = <Reply extends WebReply>(reply: Reply): Reply => {
  reply.header("cache-control", "no-store").header("pragma", "no-cache").header("x-content-type-options", "nosniff");
  return reply;
};

/** Where refusals are noted, with the private detail that no client is told. */
export type OidcLog = Pick<Log, "info" | "error">;

/** A host of no instance: not the protocol's to answer, so the error goes on to whoever shows what mends it. */
const isForeignHost = (error: unknown): error is Refusal =>
  error instanceof Refusal && error.code === "instance.not_found";

/** Whoever looks at an endpoint in a browser gets the page. */
const isBrowser = ({ headers }: WebRequest): boolean => headers.accept?.includes("text/html") ?? false;

/** What a failed request is refused with, noted; throws on what is not the protocol's to answer. */
export const refusalOf = (log: OidcLog, request: WebRequest, error: unknown): OAuthError => {
  if (isForeignHost(error)) throw error;
  const said = oauthErrorOf(error);
  const route = request.routeOptions.url ?? "";
  if (said.code === "server_error") log.error("OAuth request failed", { route, error });
  else log.info(`OAuth request refused: ${said.detail ?? said.description}`, { route, code: said.code });
  return said;
};

/** The one writer of errors of endpoints that answer clients in JSON (RFC 6749 §5.2). */
export const sendJsonError =
  (log: OidcLog) =>
  (error: unknown, request: WebRequest, reply: WebReply): WebReply => {
    if (isForeignHost(error) && !isBrowser(request)) {
      return neverStore(reply).code(404).send({ error: "invalid_request", error_description: error.message });
    }
    const said = refusalOf(log, request, error);
    if (said.status === 401) {
      reply.header("www-authenticate", challengeFor(request, said));
    }
    return neverStore(reply).code(said.status).send({ error: said.code, error_description: said.description });
  };

/** RFC 9449 §7.1 `algs`. */
const dpopAlgorithms = Object.keys(signatureAlgorithms).join(" ");

/** RFC 6749 §5.2 for clients; RFC 6750 §3.1 for tokens: no error code when none was sent. */
const challengeFor = (request: WebRequest, { code, challenge }: OAuthError): string => {
  if (code === "invalid_client") return 'Basic realm="oauth"';
  if (challenge !== null) return `${challenge} error="${code}", algs="${dpopAlgorithms}"`;
  const error = request.headers.authorization === undefined ? null : code;
  const issuer = enteredIssuer(request);
  if (issuer !== null) return bearerChallenge(issuer + endpoints.protectedResource, error);
  return error === null ? "Bearer" : `Bearer error="${error}"`;
};

/** Lets scripts of any origin read: for what is public. */
export const allowAnyOrigin = (reply: WebReply): WebReply => reply.header("access-control-allow-origin", "*");

/** Lets scripts of the application's own origins read the answer. No cookies are used here, so none are allowed. */
export const allowOrigins = (request: WebRequest, reply: WebReply, uris: readonly string[]): void => {
  const { origin } = request.headers;
  reply.header("vary", "Origin");
  if (origin === undefined || !originsOf(uris).has(origin)) return;
  reply.header("access-control-allow-origin", origin);
  // RFC 9449 §8.3, §9: without them a script could not go on.
  reply.header("access-control-expose-headers", "DPoP-Nonce, WWW-Authenticate");
};

/**
 * Answers a preflight (Fetch §4.8). It comes before we can know the client and gives nothing away: whether a script may
 * read the answer is decided with the answer, by the client's own origins.
 */
export const answerPreflight = (request: WebRequest, reply: WebReply): WebReply =>
  reply
    .header("access-control-allow-origin", request.headers.origin ?? "*")
    .header("access-control-allow-methods", "GET, POST, PUT, DELETE")
    .header("access-control-allow-headers", "authorization, content-type, dpop, x-requested-with")
    .header("access-control-max-age", "7200")
    .header("vary", "Origin")
    .code(204)
    .send();
