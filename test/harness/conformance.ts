import { createHash, randomBytes } from "node:crypto";
import { createLocalJWKSet, decodeProtectedHeader, type JSONWebKeySet, type JWTPayload, jwtVerify } from "jose";
import { browserOf, directoryOf, testPassword } from "./client.ts";
import { type DatabaseKind, type RunningMunot, startMunot } from "./munot.ts";

/** One Munot with an organization, a project and people, as the OpenID Foundation's conformance suite meets a provider. */
export const openProvider = async (env: Readonly<Record<string, string>> = {}, database: DatabaseKind = "sqlite") => {
  const munot = await startMunot({ database, env });
  const directory = directoryOf(munot);
  const orgId = await directory.addOrg("Conformance");
  const projectId = await directory.addProject(orgId, "Suite");
  const [metadata, jwks] = [await json(`${munot.url}/.well-known/openid-configuration`), await json(jwksOf(munot))];
  // RFC 7517 §5: what the endpoint answers is a JWK set, and jose checks it.
  const keys = createLocalJWKSet(jwks as unknown as JSONWebKeySet);
  let names = 0;
  const fresh = (prefix: string): string => {
    names += 1;
    return `${prefix}-${names}`;
  };

  return {
    munot,
    directory,
    orgId,
    projectId,
    metadata,
    jwks,
    issuer: String(metadata.issuer),
    addPerson: () => addPerson(munot, orgId, fresh("person")),
    addClient: (config: ClientConfig = {}, settings: Settings = {}) =>
      addClient(munot, projectId, fresh("client"), config, settings),
    /** the claims of an ID token whose signature, issuer, audience and times are right */
    verifyIdToken: async (idToken: string | undefined, client: Pick<TestClient, "clientId">): Promise<JWTPayload> => {
      if (idToken === undefined) throw new Error("there is no ID token");
      const { alg, kid } = decodeProtectedHeader(idToken);
      if (alg !== "RS256" || kid === undefined) throw new Error(`ID token with alg ${alg} and kid ${kid}`);
      const checks = {
        issuer: String(metadata.issuer),
        audience: client.clientId,
        requiredClaims: ["sub", "exp", "iat"],
      };
      return (await jwtVerify(idToken, keys, checks)).payload;
    },
    userinfo: (token: string, init: RequestInit = {}) =>
      fetch(String(metadata.userinfo_endpoint), {
        ...init,
        headers: { authorization: `Bearer ${token}`, ...init.headers },
      }),
    stop: () => munot.stop(),
  };
};

export type Provider = Awaited<ReturnType<typeof openProvider>>;

/** Any JSON object that an endpoint answers with. */
export type Json = Readonly<Record<string, unknown>>;

// Endpoints of JSON answer with an object, also when they refuse.
const json = async (url: string): Promise<Json> => (await (await fetch(url)).json()) as Json;

const jwksOf = ({ url }: RunningMunot): string => `${url}/oauth/v2/keys`;

/** Where answers of test clients go; nobody listens there, the test reads the redirect. */
export const callback = "https://rp.example/callback";

type ClientConfig = Readonly<Record<string, unknown>>;
type Settings = Readonly<Record<string, unknown>>;

const addClient = async (
  munot: RunningMunot,
  projectId: string,
  name: string,
  config: ClientConfig,
  settings: Settings,
) => {
  const { addClient: add } = directoryOf(munot);
  const made = await add(projectId, name, {
    redirectUris: [callback],
    postLogoutRedirectUris: ["https://rp.example/bye"],
    responseTypes: ["OIDC_RESPONSE_TYPE_CODE", "OIDC_RESPONSE_TYPE_ID_TOKEN", "OIDC_RESPONSE_TYPE_ID_TOKEN_TOKEN"],
    grantTypes: ["OIDC_GRANT_TYPE_AUTHORIZATION_CODE", "OIDC_GRANT_TYPE_IMPLICIT", "OIDC_GRANT_TYPE_REFRESH_TOKEN"],
    devMode: false,
    ...config,
  });
  if (Object.keys(settings).length > 0) {
    await setClientSettings(munot, { projectId, applicationId: made.appId, settings });
  }
  return { ...made, redirectUri: callback };
};

export type TestClient = Awaited<ReturnType<typeof addClient>>;

const setClientSettings = async (munot: RunningMunot, message: object): Promise<void> => {
  const answer = await fetch(`${munot.url}/munot.application.v1.ClientSettingsService/SetClientSettings`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${munot.ownerPat}` },
    body: JSON.stringify(message),
  });
  if (!answer.ok) throw new Error(`SetClientSettings: ${await answer.text()}`);
};

/** Somebody of whom every standard claim that Munot keeps is known. */
const addPerson = async (munot: RunningMunot, orgId: string, userName: string) => {
  const made = await directoryOf(munot).must(munot.ownerPat, "user.v2.UserService/AddHumanUser", {
    organization: { orgId },
    username: userName,
    profile: {
      givenName: "Vera",
      familyName: "Winzer",
      nickName: "Vee",
      displayName: "Vera Winzer",
      preferredLanguage: "de",
      gender: "GENDER_FEMALE",
    },
    email: { email: `${userName}@rp.example`, isVerified: true },
    phone: { phone: "+41791234567", isVerified: true },
    password: { password: testPassword, changeRequired: false },
  });
  return { userId: String(made.userId), userName, password: testPassword };
};

export type Person = Awaited<ReturnType<typeof addPerson>>;
export type Browser = ReturnType<typeof browserOf>;

/** What came back to the client, and how; `page`: the person was shown something instead. */
export type Answer = {
  readonly by: "query" | "fragment" | "form_post" | "page";
  readonly status: number;
  readonly parameters: Readonly<Record<string, string>>;
  readonly html: string;
  /** how often the person was asked for the password on the way */
  readonly passwords: number;
};

export type Parameters = Readonly<Record<string, string>>;

/** A sign-in of a person by Munot's own pages: follows redirects and fills in forms until the client has its answer. */
export const visitor = (provider: Pick<Provider, "munot" | "metadata">, person: Person) => {
  const { url } = provider.munot;
  const browser = browserOf(url);
  const endpoint = String(provider.metadata.authorization_endpoint);

  const authorize = async (
    parameters: Parameters,
    {
      method = "GET",
      loginName = person.userName,
    }: { readonly method?: "GET" | "POST"; readonly loginName?: string } = {},
  ): Promise<Answer> => {
    let page =
      method === "GET"
        ? await browser.get(`${endpoint}?${new URLSearchParams(parameters)}`)
        : await browser.post(endpoint, parameters);
    let passwords = 0;
    for (let step = 0; step < 10; step += 1) {
      const { location } = page;
      if (location !== null) {
        const target = new URL(location, url);
        if (target.origin !== new URL(url).origin)
          return { ...answerOf(target), status: page.status, html: "", passwords };
        page = await browser.get(target.href);
      } else if (page.html.includes("data-submit")) {
        return { by: "form_post", status: page.status, parameters: fieldsOf(page.html), html: page.html, passwords };
      } else if (page.status === 200 && page.html.includes('name="decision"')) {
        page = await browser.submit(page, { decision: "allow" });
      } else if (page.status === 200 && page.html.includes('name="password"')) {
        passwords += 1;
        page = await browser.submit(page, { password: person.password });
      } else if (page.status === 200 && page.html.includes('name="loginName"')) {
        page = await browser.submit(page, { loginName });
      } else if (page.status === 200 && page.html.includes('name="session"')) {
        page = await browser.submit(page, { session: firstAccount(page.html) });
      } else {
        return { by: "page", status: page.status, parameters: {}, html: page.html, passwords };
      }
    }
    throw new Error("the sign-in went round in circles");
  };
  return { ...browser, authorize };
};

const firstAccount = (html: string): string => /name="session" value="([^"]+)"/.exec(html)?.[1] ?? "";

const answerOf = (target: URL): Pick<Answer, "by" | "parameters"> =>
  target.hash === ""
    ? { by: "query", parameters: Object.fromEntries(target.searchParams) }
    : { by: "fragment", parameters: Object.fromEntries(new URLSearchParams(target.hash.slice(1))) };

/** The hidden fields of a page's form. */
const fieldsOf = (html: string): Readonly<Record<string, string>> =>
  Object.fromEntries(
    [...html.matchAll(/<input type="hidden" name="([^"]+)" value="([^"]*)">/g)].map(([, name = "", value = ""]) => [
      name,
      value.replaceAll("&#39;", "'").replaceAll("&quot;", '"').replaceAll("&lt;", "<").replaceAll("&amp;", "&"),
    ]),
  );

/** What every request of a test has, `state` and `nonce` new each time; `undefined` leaves a parameter out. */
export const requestOf = (
  client: Pick<TestClient, "clientId" | "redirectUri">,
  more: Readonly<Record<string, string | undefined>> = {},
): Record<string, string> => {
  const all = {
    client_id: client.clientId,
    redirect_uri: client.redirectUri,
    response_type: "code",
    scope: "openid",
    state: randomBytes(9).toString("base64url"),
    nonce: randomBytes(9).toString("base64url"),
    ...more,
  };
  return Object.fromEntries(
    Object.entries(all).filter((pair): pair is [string, string] => typeof pair[1] === "string"),
  );
};

export const basicOf = ({ clientId, clientSecret }: Pick<TestClient, "clientId" | "clientSecret">): string =>
  `Basic ${Buffer.from(`${encodeURIComponent(clientId)}:${encodeURIComponent(clientSecret)}`).toString("base64")}`;

/** The token endpoint's answer, whatever it is. */
export const askToken = async (
  { metadata }: Pick<Provider, "metadata">,
  form: Parameters,
  headers: Readonly<Record<string, string>> = {},
): Promise<{ readonly status: number; readonly body: Json; readonly headers: Headers }> => {
  const answer = await fetch(String(metadata.token_endpoint), {
    method: "POST",
    headers,
    body: new URLSearchParams(form),
  });
  // RFC 6749 §5.1, §5.2: a JSON object.
  return { status: answer.status, body: (await answer.json()) as Json, headers: answer.headers };
};

/** Redeems a code with the client's secret. */
export const redeem = (provider: Pick<Provider, "metadata">, client: TestClient, code: string, more: Parameters = {}) =>
  askToken(
    provider,
    { grant_type: "authorization_code", code, redirect_uri: client.redirectUri, ...more },
    { authorization: basicOf(client) },
  );

/** A verifier with its S256 challenge (RFC 7636 §4.2). */
export const pkcePair = () => {
  const verifier = randomBytes(48).toString("base64url");
  return { verifier, challenge: createHash("sha256").update(verifier).digest("base64url") };
};

/** Left half of the SHA-256, as `at_hash` and `c_hash` of RS256 ID tokens are (OpenID Connect Core 1.0 §3.3.2.11). */
export const halfHashOf = (value: string): string =>
  createHash("sha256").update(value).digest().subarray(0, 16).toString("base64url");
