import type { FastifyReply, FastifyRequest } from "fastify";
import type { Ctx } from "../../kernel/actor.ts";
import type { Run } from "../../kernel/command.ts";
import { clientId, type SessionId } from "../../kernel/ids.ts";
import { Refusal } from "../../kernel/refusal.ts";
import type { ClientReader } from "../../modules/application/client.queries.ts";
import type { SessionReader } from "../../modules/session/session.queries.ts";
import { terminateSession } from "../../modules/session/terminate-session.ts";
import { isOidcClient, type OidcClient } from "./client.ts";
import { endpoints } from "./endpoints.ts";
import type { Enter } from "./enter.ts";
import { OAuthError } from "./errors.ts";
import { bodyOf, neverStore, queryOf } from "./http.ts";
import type { OidcInstance } from "./instance.ts";
import type { FrontChannelLogouts } from "./logout/front-channel.ts";
import { opaque, type Parameters, readParameters, refuseRepeated } from "./parameters.ts";
import { isAllowedPostLogoutUri } from "./redirect-uri.ts";
import type { IdTokenHint, VerifyIdTokenHint } from "./tokens/id-token-hint.ts";

export type EndSessionDeps = {
  readonly enter: Enter;
  readonly clients: ClientReader;
  readonly sessions: Pick<SessionReader, "ofBrowser">;
  readonly verifyIdTokenHint: VerifyIdTokenHint;
  readonly run: Run<unknown>;
  /** the page that asks whether to sign out, and then sends the browser to `next`, a path of this endpoint */
  readonly confirmSignOutUrl: (instance: OidcInstance, next: string, uiLocales: string | null) => string;
  /** the page that says that one is signed out */
  readonly signedOutUrl: (instance: OidcInstance, uiLocales: string | null) => string;
  readonly frontChannelLogouts: FrontChannelLogouts;
  /** the page that opens these addresses in frames and then goes on */
  readonly sendSigningOutPage: (
    request: FastifyRequest,
    reply: FastifyReply,
    frames: readonly string[],
    goOnHref: string,
  ) => FastifyReply;
};

/** OpenID Connect RP-Initiated Logout 1.0 §2: GET and POST are equal. */
export const endSessionEndpoint =
  (deps: EndSessionDeps) =>
  async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    const { ctx, instance } = await deps.enter(request);
    const sent = [...(request.method === "POST" ? bodyOf(request) : queryOf(request))];
    const parameters = readParameters(sent);
    refuseRepeated(parameters);
    const hint = await readHint(deps, instance, parameters);
    const client = await readClient(deps, instance, parameters, hint);
    const uiLocales = opaque(parameters, "ui_locales");
    const target = returnUrl(parameters, client) ?? deps.signedOutUrl(instance, uiLocales);
    const here = `${endpoints.endSession}?${new URLSearchParams(sent.map(([name, value]) => [name, value]))}`;

    const browser = instance.browsers.read(request);
    const mine = browser === null ? [] : await deps.sessions.ofBrowser(ctx.instanceId, browser, ctx.now);
    if (hint === null && mine.length > 0) {
      // §2: without a hint any site could have sent the browser here, so the person is asked.
      return redirect(reply, deps.confirmSignOutUrl(instance, here, uiLocales));
    }
    const ended = new Set<SessionId>(hint?.sessionId ? [hint.sessionId] : []);
    for (const { sessionId, userId } of mine) if (userId === hint?.userId) ended.add(sessionId);
    const frames = await deps.frontChannelLogouts(instance, [...ended]);
    for (const sessionId of ended) await end(deps.run, ctx, sessionId);
    const left = mine.flatMap(({ sessionId }) => (ended.has(sessionId) ? [] : [sessionId]));
    // A request of another site comes without the cookie, and must not make the browser look signed out.
    if (browser !== null || ended.size > 0) instance.browsers.tellState(reply, browser, left);
    if (frames.length === 0) return redirect(reply, target);
    // A page may not link to an application's own scheme; this endpoint, which has nothing left to do, may redirect there.
    return deps.sendSigningOutPage(request, neverStore(reply), frames, /^(https?:|\/)/.test(target) ? target : here);
  };

const readHint = async (
  { verifyIdTokenHint }: EndSessionDeps,
  instance: OidcInstance,
  parameters: Parameters,
): Promise<IdTokenHint | null> => {
  const token = parameters.values.get("id_token_hint");
  if (token === undefined) return null;
  const hint = await verifyIdTokenHint(instance, token);
  if (hint === null) {
    throw new OAuthError("invalid_request", { description: "The id_token_hint is not valid", page: "signOut" });
  }
  return hint;
};

/** The client that asks: named, or by the hint; §2: when both are there they must agree. */
const readClient = async (
  { clients }: EndSessionDeps,
  { instanceId }: OidcInstance,
  parameters: Parameters,
  hint: IdTokenHint | null,
): Promise<OidcClient | null> => {
  const named = parameters.values.get("client_id");
  if (named !== undefined && hint !== null && named !== hint.clientId) {
    throw new OAuthError("invalid_request", {
      description: "The id_token_hint was issued to another client",
      page: "signOut",
    });
  }
  const id = clientId.safeParse(named ?? hint?.clientId);
  const client = id.success ? await clients.find(instanceId, id.data) : null;
  return client?.isActive && isOidcClient(client) ? client : null;
};

/** §3: only to a URI that is registered for the client, with its `state`. */
const returnUrl = (parameters: Parameters, client: OidcClient | null): string | null => {
  const uri = parameters.values.get("post_logout_redirect_uri");
  if (uri === undefined) return null;
  const registered = client?.oidc.postLogoutRedirectUris ?? [];
  if (!isAllowedPostLogoutUri(uri, { registered, devMode: client?.oidc.devMode ?? false })) {
    throw new OAuthError("invalid_request", {
      description: "The parameter post_logout_redirect_uri is not registered for this application",
      page: "signOut",
    });
  }
  const state = opaque(parameters, "state");
  if (state === null) return uri;
  return `${uri}${uri.includes("?") ? "&" : "?"}state=${encodeURIComponent(state)}`;
};

const end = async (run: Run<unknown>, ctx: Ctx, sessionId: SessionId): Promise<void> => {
  try {
    await run(terminateSession, ctx, { sessionId });
  } catch (error) {
    // Ended before: that is what was wanted.
    const isOver = error instanceof Refusal && ["session.not_found", "session.terminated"].includes(error.code);
    if (!isOver) throw error;
  }
};

const redirect = (reply: FastifyReply, url: string): FastifyReply =>
  neverStore(reply).header("referrer-policy", "no-referrer").redirect(url, 303);
