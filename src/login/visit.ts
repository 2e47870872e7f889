import type { FastifyReply, FastifyRequest } from "fastify";
import type { Actor, Ctx } from "../kernel/actor.ts";
import { type AuthRequestId, authRequestId, type BrowserId, type InstanceId, type SessionId } from "../kernel/ids.ts";
import type { Client, ClientReader } from "../modules/application/client.queries.ts";
import type { AuthRequestReader, AuthRequestView } from "../modules/auth-request/auth-request.queries.ts";
import type { BrowserSession } from "../modules/session/session.queries.ts";
import type { BrowserCookies } from "../platform/http/browser-cookie.ts";
import type { Translator } from "./i18n/translator.ts";
import type { PageFrame } from "./layout.ts";
import { formFields } from "./pages/parts/form.ts";
import { authRequestParameter } from "./paths.ts";
import { formTargetOf, languageLinks, speak, textFields } from "./respond.ts";

/** The instance that a request reached, as the pages need it. */
export type LoginSite = {
  readonly instanceId: InstanceId;
  /** origin of the primary domain; never taken from a request header */
  readonly issuer: string;
  readonly browsers: BrowserCookies;
  /** the caller's network side and the moment, as trusted proxies tell them */
  readonly contextFor: (request: FastifyRequest, actor: Actor) => Ctx;
};

/** Munot's own sign-in acts with the rights of any login client, and no others. */
const loginActor: Actor = {
  kind: "system",
  name: "login",
  memberships: [{ level: "instance", roles: ["IAM_LOGIN_CLIENT"] }],
};

/** One request to a sign-in page: who asks, for which sign-in, in which language. */
export type Visit = {
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  readonly issuer: string;
  readonly ctx: Ctx;
  readonly browser: BrowserId;
  readonly t: Translator;
  readonly frame: PageFrame;
  /** the value that this browser's forms send back */
  readonly csrf: string;
  /** the sign-in under way; `null`: somebody signs in without an application */
  readonly signIn: AuthRequestView | null;
  /** the application of the sign-in under way */
  readonly client: Client | null;
  /** where the redirect after a form may lead, for the page's policy */
  readonly formTargets: readonly string[];
  /** what the request brings, from its query or its form */
  readonly sent: Readonly<Record<string, string>>;
  /** lets applications' scripts see, in their frame of ours, that the sessions of this browser are these from now on */
  readonly tellState: (sessionIds: readonly SessionId[]) => void;
};

export type VisitDeps = {
  readonly siteOf: (request: FastifyRequest) => Promise<LoginSite>;
  readonly authRequests: AuthRequestReader;
  readonly clients: Pick<ClientReader, "find">;
};

/** Why a request cannot go on: its sign-in is over, or its form was not sent by a page of ours. */
export type Stray = { readonly is: "stray"; readonly reason: "expired" | "forged" };

/**
 * Opens a visit. A sign-in belongs to the browser that started it: another browser that knows its id gets the same answer
 * as for one that does not exist. A form must carry this browser's token, and browsers that say where a request comes from
 * must say that it is us (W3C Fetch Metadata §2.4).
 */
export const openVisit = async (
  deps: VisitDeps,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<Visit | (Stray & Pick<Visit, "reply" | "t" | "frame">)> => {
  const site = await deps.siteOf(request);
  const ctx = site.contextFor(request, loginActor);
  const browser = site.browsers.ensure(request, reply);
  const isForm = request.method === "POST";
  const sent = textFields(isForm ? request.body : request.query);
  const asked = sent[isForm ? formFields.authRequestId : authRequestParameter];
  const found = asked === undefined ? null : await findSignIn(deps, ctx, browser, asked);
  const t = speak(request, found?.requested.uiLocales);
  const application = found === null ? null : await deps.clients.find(ctx.instanceId, found.requested.clientId);
  const frame: PageFrame = {
    ...(application === null ? {} : { application: shownName(application) }),
    ...(isForm ? {} : { languages: languageLinks(pathOf(request), textFields(request.query)) }),
  };
  const stray = (reason: Stray["reason"]) => ({ is: "stray", reason, reply, t, frame }) as const;
  if (isForm && !isOurForm(site, request, browser, sent)) return stray("forged");
  if (asked !== undefined && found === null) return stray("expired");
  return {
    request,
    reply,
    issuer: site.issuer,
    ctx,
    browser,
    t,
    frame,
    csrf: site.browsers.formToken(browser),
    signIn: found,
    client: application,
    formTargets: found === null ? [] : formTargetOf(found.requested.redirectUri),
    sent,
    tellState: (sessionIds) => site.browsers.tellState(reply, browser, sessionIds),
  };
};

/** The sign-in of that id, if it still waits for an answer and this browser may give it. */
const findSignIn = async (
  deps: VisitDeps,
  ctx: Ctx,
  browser: BrowserId,
  asked: string,
): Promise<AuthRequestView | null> => {
  const id = authRequestId.safeParse(asked);
  const found = id.success ? await deps.authRequests.find(ctx.instanceId, id.data) : null;
  if (found === null || found.status !== "open" || found.expiresAt <= ctx.now) return null;
  const { browserId, loginClientId } = found.requested;
  // Another login was named to answer it.
  if (loginClientId !== null) return null;
  return browserId === null || browserId === browser ? found : null;
};

const isOurForm = (
  site: LoginSite,
  request: FastifyRequest,
  browser: BrowserId,
  sent: Readonly<Record<string, string>>,
): boolean => {
  const from = request.headers["sec-fetch-site"];
  if (from !== undefined && from !== "same-origin" && from !== "none") return false;
  return site.browsers.isFormToken(browser, sent[formFields.csrf] ?? "");
};

const pathOf = (request: FastifyRequest): string => request.url.split("?", 1)[0] ?? "/";

/** How people know an application: by the name that it gave itself, where nobody else named it. */
export const shownName = ({ settings, name }: Client): string => settings.clientName ?? name;

/** The id of the sign-in under way, for links. */
export const signInId = (visit: Visit): AuthRequestId | null => visit.signIn?.authRequestId ?? null;

/** The parts that every form of a visit has. */
export const formOf = (visit: Visit, action: string, hidden: Readonly<Record<string, string>> = {}) => ({
  frame: visit.frame,
  action,
  csrf: visit.csrf,
  hidden,
  ...(visit.signIn === null ? {} : { authRequestId: visit.signIn.authRequestId }),
});

/** How pages show the user of a session. */
export const accountOf = (session: BrowserSession) => ({
  loginName: session.loginName,
  ...(session.displayName === "" ? {} : { displayName: session.displayName }),
});
