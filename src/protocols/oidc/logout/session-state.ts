import type { Ctx } from "../../../kernel/actor.ts";
import type { AuthRequestView } from "../../../modules/auth-request/auth-request.queries.ts";
import type { SessionReader } from "../../../modules/session/session.queries.ts";
import { randomText, sha256 } from "../../../platform/crypto/secret.ts";
import type { BrowserCookies } from "../../../platform/http/browser-cookie.ts";

type From = {
  readonly clientId: string;
  readonly origin: string;
  readonly browserState: string;
  readonly salt: string;
};

/**
 * OpenID Connect Session Management 1.0 §3.2: what a client's script hands to our frame, which makes it again from the
 * browser state of that moment. For another client or origin, or when somebody signed in or out, it is another one.
 */
const sessionState = ({ clientId, origin, browserState, salt }: From): string => {
  const digest = sha256([clientId, origin, browserState, salt].join(" "));
  return `${Buffer.from(digest).toString("base64url")}.${salt}`;
};

/** Where an answer goes, and by which browser. */
type AnsweredTo = Pick<AuthRequestView["requested"], "clientId" | "redirectUri" | "browserId" | "loginClientId">;

/** The `session_state` of an authorization response; `null` where no script of a web page could ask by it. */
export type SessionStateFor = (ctx: Ctx, to: AnsweredTo) => Promise<string | null>;

export type SessionStateDeps = {
  readonly sessions: Pick<SessionReader, "ofBrowser">;
  readonly stateOf: BrowserCookies["stateOf"];
};

/** Makes a {@link SessionStateFor}. */
export const sessionStateWriter =
  ({ sessions, stateOf }: SessionStateDeps): SessionStateFor =>
  async (ctx, { clientId, redirectUri, browserId, loginClientId }) => {
    const url = URL.parse(redirectUri);
    const isWeb = url?.protocol === "https:" || url?.protocol === "http:";
    // Sessions of a login that is built on the API are not of this browser.
    if (url === null || !isWeb || browserId === null || loginClientId !== null) return null;
    const mine = await sessions.ofBrowser(ctx.instanceId, browserId, ctx.now);
    const browserState = stateOf(
      browserId,
      mine.map(({ sessionId }) => sessionId),
    );
    return sessionState({ clientId, origin: url.origin, browserState, salt: randomText(16) });
  };
