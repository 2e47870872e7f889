import { createHash } from "node:crypto";
import type { RunningMunot } from "./munot.ts";
import { codeName, isV1, v1Request } from "./v1.ts";

/** What an RPC answered in Connect's JSON: `code` is "ok" or the name of the error code. */
export type Answer = { readonly status: number; readonly code: string; readonly body: Record<string, unknown> };

/** Calls RPCs by `<service>/<Method>`, in Connect's JSON (the first API: by REST) over plain fetch; `bearer: null` sends no credentials. */
export const rpcClient = (url: string) => {
  const call = async (bearer: string | null, method: string, message: object): Promise<Answer> => {
    if (isV1(method)) return callV1(bearer, method, message);
    const answer = await fetch(`${url}/${method.startsWith("munot.") ? "" : "zitadel."}${method}`, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        ...(bearer === null ? {} : { authorization: `Bearer ${bearer}` }),
      },
      body: JSON.stringify(message),
    });
    // Connect answers with a JSON object, also when it refuses.
    const body = (await answer.json()) as Record<string, unknown>;
    return { status: answer.status, code: answer.ok ? "ok" : String(body.code), body };
  };
  const callV1 = async (bearer: string | null, method: string, message: object): Promise<Answer> => {
    const { verb, path, org, body: sent } = await v1Request(method, message);
    const answer = await fetch(url + path, {
      method: verb,
      headers: {
        ...(sent === null ? {} : { "content-type": "application/json" }),
        ...(org === null ? {} : { "x-zitadel-orgid": org }),
        ...(bearer === null ? {} : { authorization: `Bearer ${bearer}` }),
      },
      body: sent,
    });
    // As above.
    const body = (await answer.json()) as Record<string, unknown>;
    return { status: answer.status, code: answer.ok ? "ok" : codeName(body.code), body };
  };
  /** The same for calls that must succeed. */
  const must = async (bearer: string, method: string, message: object): Promise<Record<string, unknown>> => {
    const { code, body } = await call(bearer, method, message);
    if (code !== "ok") throw new Error(`${method}: ${JSON.stringify(body)}`);
    return body;
  };
  return { call, must };
};

export const expirationDate = "2100-01-01T00:00:00Z";
export const testPassword = "Rheinfall-1589!";

type Person = { readonly userName: string; readonly password?: string | null };

/** The directory calls that most journeys start with, by the instance's owner. */
export const directoryOf = (munot: Pick<RunningMunot, "url" | "ownerPat">) => {
  const { call, must } = rpcClient(munot.url);
  const text = async (method: string, message: object, key: string): Promise<string> =>
    String((await must(munot.ownerPat, method, message))[key]);

  const addUser = (orgId: string, { userName, password = testPassword }: Person) =>
    text(
      "user.v2.UserService/AddHumanUser",
      {
        organization: { orgId },
        username: userName,
        profile: { givenName: userName, familyName: "Example" },
        email: { email: `${userName}@acme.example`, isVerified: true },
        ...(password === null ? {} : { password: { password, changeRequired: false } }),
      },
      "userId",
    );
  return {
    call,
    must,
    addUser,
    addOrg: (name: string) => text("org.v2.OrganizationService/AddOrganization", { name }, "organizationId"),
    addMachine: (organizationId: string, name: string) =>
      text("user.v2.UserService/CreateUser", { organizationId, username: name, machine: { name } }, "id"),
    addPat: (userId: string) => text("user.v2.UserService/AddPersonalAccessToken", { userId, expirationDate }, "token"),
    addProject: (organizationId: string, name: string) =>
      text("project.v2beta.ProjectService/CreateProject", { organizationId, name }, "id"),
    /** A session of the user with the password checked; its token is a bearer token too. */
    addSession: async (userId: string, password = testPassword) => {
      const made = await must(munot.ownerPat, "session.v2.SessionService/CreateSession", {
        checks: { user: { userId }, password: { password } },
      });
      return { sessionId: String(made.sessionId), sessionToken: String(made.sessionToken) };
    },
    /** A confidential client of a new web application. */
    addClient: async (projectId: string, name: string, more: object = {}) => {
      const made = await must(munot.ownerPat, "app.v2beta.AppService/CreateApplication", {
        projectId,
        name,
        oidcRequest: {
          redirectUris: [redirectUri],
          postLogoutRedirectUris: [`${new URL(redirectUri).origin}/`],
          responseTypes: ["OIDC_RESPONSE_TYPE_CODE"],
          grantTypes: ["OIDC_GRANT_TYPE_AUTHORIZATION_CODE", "OIDC_GRANT_TYPE_REFRESH_TOKEN"],
          appType: "OIDC_APP_TYPE_WEB",
          authMethodType: "OIDC_AUTH_METHOD_TYPE_BASIC",
          devMode: true,
          ...more,
        },
      });
      // CreateApplication of an OIDC application answers with its client.
      const { clientId, clientSecret } = made.oidcResponse as { clientId: string; clientSecret: string };
      return { appId: String(made.appId), clientId, clientSecret };
    },
  };
};

export const redirectUri = "http://localhost:9/callback";

export type OidcClient = { readonly clientId: string; readonly clientSecret: string };
export type Tokens = {
  readonly access_token: string;
  readonly refresh_token: string;
  readonly id_token: string;
  readonly expires_in: number;
};

const verifier = "a".repeat(64);

/** An application's side of OpenID Connect over plain fetch, so that tests may send what no library would. */
export const relyingParty = (url: string, { clientId, clientSecret }: OidcClient) => {
  const basic = `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString("base64")}`;
  const form = (path: string, fields: Record<string, string>) =>
    fetch(`${url}${path}`, {
      method: "POST",
      headers: { authorization: basic },
      body: new URLSearchParams(fields),
    });
  const authorizeUrl = (more: Record<string, string> = {}) =>
    `${url}/oauth/v2/authorize?${new URLSearchParams({
      client_id: clientId,
      redirect_uri: redirectUri,
      response_type: "code",
      scope: "openid profile email offline_access",
      state: "state",
      code_challenge: createHash("sha256").update(verifier).digest("base64url"),
      code_challenge_method: "S256",
      ...more,
    })}`;
  return {
    authorizeUrl,
    /** begins a sign-in and gives the id of its auth request */
    begin: async (headers: Record<string, string> = {}): Promise<string> => {
      const begun = await fetch(authorizeUrl(), { redirect: "manual", headers });
      return new URL(begun.headers.get("location") ?? "", url).searchParams.get("authRequest") ?? "";
    },
    /** exchanges the code that a callback URL carries */
    redeem: async (callbackUrl: string): Promise<Tokens> => {
      const code = new URL(callbackUrl).searchParams.get("code") ?? "";
      const answer = await form("/oauth/v2/token", {
        grant_type: "authorization_code",
        code,
        redirect_uri: redirectUri,
        code_verifier: verifier,
      });
      if (!answer.ok) throw new Error(`token endpoint: ${await answer.text()}`);
      // The token endpoint's answer (RFC 6749 §5.1).
      return (await answer.json()) as Tokens;
    },
    refresh: (token: string) => form("/oauth/v2/token", { grant_type: "refresh_token", refresh_token: token }),
    /** RFC 7662; whether the token is active */
    isActive: async (token: string): Promise<unknown> => {
      const answer = await form("/oauth/v2/introspect", { token });
      // RFC 7662 §2.2: a JSON object.
      return ((await answer.json()) as { active: unknown }).active;
    },
    userinfo: (token: string) => fetch(`${url}/oidc/v1/userinfo`, { headers: { authorization: `Bearer ${token}` } }),
  };
};

/** A whole sign-in as a login built on the API does it: auth request, session, callback, tokens. */
export const signInByApi = async (
  munot: Pick<RunningMunot, "url" | "ownerPat" | "loginClientPat">,
  client: OidcClient,
  userId: string,
  password = testPassword,
) => {
  const party = relyingParty(munot.url, client);
  const { must } = rpcClient(munot.url);
  const authRequestId = await party.begin();
  const session = await directoryOf(munot).addSession(userId, password);
  const { callbackUrl } = await must(munot.loginClientPat, "oidc.v2.OIDCService/CreateCallback", {
    authRequestId,
    session,
  });
  return { ...session, tokens: await party.redeem(String(callbackUrl)) };
};

const entities: Readonly<Record<string, string>> = {
  "&lt;": "<",
  "&gt;": ">",
  "&quot;": '"',
  "&#39;": "'",
  "&amp;": "&",
};
const unescapeHtml = (text: string): string =>
  text.replace(/&(?:lt|gt|quot|#39|amp);/g, (entity) => entities[entity] ?? entity);

/** A browser's side of the sign-in pages: keeps cookies, follows nothing, posts the form that a page shows. */
export const browserOf = (url: string, fixed: Record<string, string> = {}) => {
  const jar = new Map<string, string>();
  const request = async (path: string, init: RequestInit = {}) => {
    const answer = await fetch(new URL(path, url), {
      redirect: "manual",
      ...init,
      headers: {
        accept: "text/html",
        ...(jar.size === 0 ? {} : { cookie: [...jar].map(([name, value]) => `${name}=${value}`).join("; ") }),
        ...fixed,
      },
    });
    for (const line of answer.headers.getSetCookie()) {
      const [pair = ""] = line.split(";");
      const at = pair.indexOf("=");
      jar.set(pair.slice(0, at), pair.slice(at + 1));
    }
    return {
      status: answer.status,
      location: answer.headers.get("location"),
      cookies: answer.headers.getSetCookie(),
      headers: answer.headers,
      html: await answer.text(),
    };
  };
  /** what the fields of a page hold when it arrives */
  const filled = (html: string): Record<string, string> =>
    Object.fromEntries(
      [...html.matchAll(/<input\b[^>]*? name="([^"]+)" value="([^"]*)"/g)].map(([, name = "", value = ""]) => [
        name,
        unescapeHtml(value),
      ]),
    );
  return {
    get: (path: string) => request(path),
    post: (path: string, fields: Record<string, string>) =>
      request(path, { method: "POST", body: new URLSearchParams(fields) }),
    /** fills in the one form of a page and sends it where it goes */
    submit: (page: { readonly html: string }, fields: Record<string, string>) => {
      const action = /<form method="post" action="([^"]+)"/.exec(page.html)?.[1] ?? "";
      return request(unescapeHtml(action), {
        method: "POST",
        body: new URLSearchParams({ ...filled(page.html), ...fields }),
      });
    },
    cookies: jar,
  };
};
