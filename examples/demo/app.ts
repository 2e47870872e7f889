import { randomBytes } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import * as oidc from "openid-client";

/** What the sample application keeps of a signed-in person, in its own memory. */
type SignedIn = {
  readonly claims: oidc.IDToken;
  readonly userinfo: oidc.UserInfoResponse;
  readonly idToken: string;
};
type Visit = { pending?: { verifier: string; state: string; nonce: string }; person?: SignedIn; notice?: string };

export type DemoAppOptions = {
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly port: number;
};

const escaped = (value: unknown): string =>
  String(value).replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);

const style = `
:root{color-scheme:light dark;--ink:#1c1b22;--soft:#5d5b6a;--paper:#fbfaf7;--card:#fff;--line:#e4e1d8;--accent:#0f5c4d;--on:#fff}
@media (prefers-color-scheme:dark){:root{--ink:#efeef4;--soft:#a9a6b8;--paper:#16151b;--card:#1f1e26;--line:#34323f;--accent:#5fd0b5;--on:#0b201b}}
*{box-sizing:border-box}body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.55 system-ui,sans-serif}
main{max-width:44rem;margin:12vh auto 4rem;padding:0 1.25rem}h1{font-size:2rem;margin:0 0 .5rem}p{color:var(--soft);margin:.5rem 0 1.5rem}
.card{background:var(--card);border:1px solid var(--line);border-radius:14px;padding:1.25rem 1.5rem;margin:1.5rem 0}
a.button{display:inline-block;background:var(--accent);color:var(--on);padding:.7rem 1.2rem;border-radius:10px;text-decoration:none;font-weight:600;margin-right:.5rem}
a.plain{color:var(--accent);margin-right:1rem}dl{display:grid;grid-template-columns:max-content 1fr;gap:.35rem 1.25rem;margin:0}dt{color:var(--soft)}dd{margin:0;overflow-wrap:anywhere}
h2{font-size:1rem;margin:0 0 .75rem}.notice{border-left:4px solid var(--accent);padding:.5rem 1rem}`;

const page = (body: string): string =>
  `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1"><title>Acme Notes</title><style>${style}</style></head><body><main>${body}</main></body></html>`;

const table = (values: object): string =>
  `<dl>${Object.entries(values)
    .map(
      ([key, value]) =>
        `<dt>${escaped(key)}</dt><dd>${escaped(typeof value === "object" ? JSON.stringify(value) : value)}</dd>`,
    )
    .join("")}</dl>`;

const home = (visit: Visit): string => {
  const notice = visit.notice ? `<div class="card notice" role="status">${escaped(visit.notice)}</div>` : "";
  if (!visit.person) {
    return page(
      `<h1>Acme Notes</h1><p>A sample application. It knows no passwords: Munot signs its people in.</p>${notice}<a class="button" href="/login">Sign in with Munot</a><a class="plain" href="/silent">Am I signed in already?</a>`,
    );
  }
  const { claims, userinfo } = visit.person;
  return page(
    `<h1>Hello, ${escaped(userinfo.name ?? userinfo.sub)}</h1><p>Munot signed you in.</p>${notice}<section class="card"><h2>ID token</h2>${table(claims)}</section><section class="card"><h2>Userinfo</h2>${table(userinfo)}</section><a class="button" href="/logout">Sign out</a><a class="plain" href="/switch">Use another account</a><a class="plain" href="/silent">Check silently</a>`,
  );
};

/** Starts the sample relying party: authorization code flow with PKCE, userinfo, silent check, account choice, sign-out. */
export const startDemoApp = async (options: DemoAppOptions): Promise<Server> => {
  const origin = `http://localhost:${options.port}`;
  // Plain http is right here and only here: both sides run on this machine's loopback address.
  const config = await oidc.discovery(new URL(options.issuer), options.clientId, options.clientSecret, undefined, {
    execute: [oidc.allowInsecureRequests],
  });
  const visits = new Map<string, Visit>();

  const visitOf = (request: IncomingMessage, response: ServerResponse): Visit => {
    const known = /(?:^|;\s*)demo=([\w-]+)/.exec(request.headers.cookie ?? "")?.[1];
    const existing = known === undefined ? undefined : visits.get(known);
    if (existing) return existing;
    const id = randomBytes(16).toString("base64url");
    const visit: Visit = {};
    visits.set(id, visit);
    response.setHeader("set-cookie", `demo=${id}; HttpOnly; SameSite=Lax; Path=/`);
    return visit;
  };

  const go = (response: ServerResponse, url: string | URL): void => {
    response.writeHead(303, { location: String(url) }).end();
  };

  const signIn = async (visit: Visit, response: ServerResponse, extra: Record<string, string>): Promise<void> => {
    const verifier = oidc.randomPKCECodeVerifier();
    visit.pending = { verifier, state: oidc.randomState(), nonce: oidc.randomNonce() };
    const url = oidc.buildAuthorizationUrl(config, {
      redirect_uri: `${origin}/callback`,
      scope: "openid profile email offline_access",
      code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
      code_challenge_method: "S256",
      state: visit.pending.state,
      nonce: visit.pending.nonce,
      ...extra,
    });
    go(response, url);
  };

  const callback = async (visit: Visit, url: URL, response: ServerResponse): Promise<void> => {
    const { pending } = visit;
    delete visit.pending;
    if (!pending) return go(response, "/");
    try {
      const tokens = await oidc.authorizationCodeGrant(config, url, {
        pkceCodeVerifier: pending.verifier,
        expectedState: pending.state,
        expectedNonce: pending.nonce,
        idTokenExpected: true,
      });
      const claims = tokens.claims();
      if (!claims || !tokens.id_token) throw new Error("no ID token");
      const userinfo = await oidc.fetchUserInfo(config, tokens.access_token, claims.sub);
      visit.person = { claims, userinfo, idToken: tokens.id_token };
      delete visit.notice;
    } catch (error) {
      if (!(error instanceof oidc.AuthorizationResponseError)) throw error;
      visit.notice =
        error.error === "login_required"
          ? "Nobody is signed in at Munot."
          : `Sign-in was not completed: ${error.error}`;
    }
    go(response, "/");
  };

  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const url = new URL(request.url ?? "/", origin);
    const visit = visitOf(request, response);
    switch (url.pathname) {
      case "/":
        response.writeHead(200, { "content-type": "text/html; charset=utf-8" }).end(home(visit));
        delete visit.notice;
        return;
      case "/login":
        return signIn(visit, response, {});
      case "/silent":
        return signIn(visit, response, { prompt: "none" });
      case "/switch":
        return signIn(visit, response, { prompt: "select_account" });
      case "/callback":
        return callback(visit, url, response);
      case "/logout": {
        const idToken = visit.person?.idToken;
        delete visit.person;
        return go(
          response,
          oidc.buildEndSessionUrl(config, {
            post_logout_redirect_uri: `${origin}/`,
            ...(idToken ? { id_token_hint: idToken } : {}),
          }),
        );
      }
      default:
        response.writeHead(404, { "content-type": "text/plain" }).end("Not found");
    }
  };

  const server = createServer((request, response) => {
    handle(request, response).catch((error: unknown) => {
      console.error(error);
      if (!response.headersSent) response.writeHead(500, { "content-type": "text/html; charset=utf-8" });
      response.end(page("<h1>That did not work</h1><p>The application's terminal says why.</p>"));
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(options.port, "127.0.0.1", resolve);
  });
  return server;
};
