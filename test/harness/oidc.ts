import { createHash, type X509Certificate } from "node:crypto";
import fastify from "fastify";
import type { z } from "zod";
import { migrations } from "../../migrations/index.ts";
import type { Actor, Ctx } from "../../src/kernel/actor.ts";
import { type ClientId, clientId, orgId, projectId, type UserId, userId, webKeyId } from "../../src/kernel/ids.ts";
import type { Instant } from "../../src/kernel/time.ts";
import { administratorReader } from "../../src/modules/administrator/administrator.queries.ts";
import { applicationKeyReader } from "../../src/modules/application/application-key.queries.ts";
import { clientReader } from "../../src/modules/application/client.queries.ts";
import { createApplication } from "../../src/modules/application/create-application.ts";
import { completeAuthRequest } from "../../src/modules/auth-request/complete-auth-request.ts";
import { authorizationReader } from "../../src/modules/authorization/authorization.queries.ts";
import { clientRegistrationReader } from "../../src/modules/client-registration/client-registration.queries.ts";
import { consentReader } from "../../src/modules/consent/consent.queries.ts";
import { grantReader } from "../../src/modules/grant/grant.queries.ts";
import { scopeReader } from "../../src/modules/grant/scope.queries.ts";
import { sessionGrantReader } from "../../src/modules/grant/session-grants.queries.ts";
import { instanceReader } from "../../src/modules/instance/instance.queries.ts";
import { setUpInstance } from "../../src/modules/instance/set-up-instance.ts";
import { orgReader } from "../../src/modules/org/org.queries.ts";
import { createProject } from "../../src/modules/project/create-project.ts";
import { createSession } from "../../src/modules/session/create-session.ts";
import { sessionReader } from "../../src/modules/session/session.queries.ts";
import { signInReader } from "../../src/modules/session/sign-in.queries.ts";
import { settingsReader } from "../../src/modules/settings/settings.queries.ts";
import { tokenStatements } from "../../src/modules/token/token.projection.ts";
import { tokenReader } from "../../src/modules/token/token.queries.ts";
import { addHumanUser } from "../../src/modules/user/add-human-user.ts";
import { credentialReader } from "../../src/modules/user/credential.queries.ts";
import { serviceAccountReader } from "../../src/modules/user/service-account.queries.ts";
import { userReader } from "../../src/modules/user/user.queries.ts";
import { generateWebKey } from "../../src/modules/web-key/generate-web-key.ts";
import { webKeyReader } from "../../src/modules/web-key/web-key.queries.ts";
import { parts } from "../../src/parts.ts";
import { createNewId } from "../../src/platform/crypto/ids.ts";
import { verifyCodeChallenge } from "../../src/platform/crypto/oauth.ts";
import { createPasswords } from "../../src/platform/crypto/passwords.ts";
import { generateClientSecret, secret, sha256 } from "../../src/platform/crypto/secret.ts";
import { createMintToken } from "../../src/platform/crypto/tokens.ts";
import { createMintUserCode } from "../../src/platform/crypto/user-code.ts";
import { createDialer } from "../../src/platform/dial/dialer.ts";
import { browserCookies, browserStateWith } from "../../src/platform/http/browser-cookie.ts";
import { assertionUses } from "../../src/platform/keys/assertion-uses.ts";
import { generateServiceKey, readPublicKey } from "../../src/platform/keys/service-keys.ts";
import { noObserver } from "../../src/platform/metrics/observer.ts";
import { paces } from "../../src/platform/pace/pace.ts";
import { answerWriter } from "../../src/protocols/oidc/authorize/answer-writer.ts";
import { clientKeyReader } from "../../src/protocols/oidc/client-keys.ts";
import { dpopNonces } from "../../src/protocols/oidc/dpop/nonce.ts";
import { proofUser } from "../../src/protocols/oidc/dpop/use-proof.ts";
import { frontChannelLogouts } from "../../src/protocols/oidc/logout/front-channel.ts";
import { type OidcDeps, oidcRoutes } from "../../src/protocols/oidc/oidc-routes.ts";
import { createNewWebKey } from "../../src/protocols/oidc/tokens/new-web-key.ts";
import { tokenSigner } from "../../src/protocols/oidc/tokens/signer.ts";
import type { Database, Db } from "../../src/schema.ts";
import { type OpenStore, testInstance, wallClock } from "./store.ts";

export const issuer = "https://id.example.com";
export const redirectUri = "https://app.example.com/callback";
export const password = "Rheinfall-1589!";
export const verifier = "a-verifier-of-forty-three-characters-or-more";
export const challenge = createHash("sha256").update(verifier).digest("base64url");

/** Keys are costly to make and not what these tests are about: sealing is a label beside the text. */
const plainKeys = {
  sealSecret: async (_instance: unknown, label: string, text: Uint8Array | string) => `${label} ${String(text)}`,
  openSecret: async (_instance: unknown, label: string, sealed: string) => {
    if (!sealed.startsWith(`${label} `)) throw new Error("sealed for something else");
    return new TextEncoder().encode(sealed.slice(label.length + 1));
  },
};

const cheap = { memoryKib: 64, passes: 1, lanes: 1 };

const system = (name: "setup" | "login", role: "IAM_OWNER" | "IAM_LOGIN_CLIENT"): Actor => ({
  kind: "system",
  name,
  memberships: [{ level: "instance", roles: name === "setup" ? ["SYSTEM_OWNER", role] : [role] }],
});

const subjectKey = secret("the key of pairwise subjects");

type AppConfig = z.input<typeof createApplication.input>["config"];
type OidcAppConfig = Extract<AppConfig, { kind: "oidc" }>;

/** All of the protocol in this process, on a fresh store with one project, one user and a signing key. */
export const openOidc = async (open: OpenStore, more: Partial<OidcDeps> = {}) => {
  const clock = wallClock();
  const shift = { seconds: 0 };
  // Branded again by adding whole microseconds to an instant.
  const now = (): Instant => (clock() + shift.seconds * 1_000_000) as Instant;
  const late: { db?: Db } = {};
  const db = (): Db => {
    if (late.db === undefined) throw new Error("no command runs before the store is open");
    return late.db;
  };
  const newId = createNewId();
  const signIn = () => signInReader({ db: db(), tokens: tokenReader({ db: db() }) });
  const sources = {
    ...createPasswords({ cost: cheap, concurrency: 2, queue: 1_000 }),
    ...plainKeys,
    newId,
    mintToken: createMintToken(newId),
    mintUserCode: createMintUserCode(new Uint8Array(32).fill(5)),
    mintCode: () => ({ text: "123456", hash: "hash" }),
    mintClientSecret: () => {
      const text = generateClientSecret();
      return { text, hash: Buffer.from(sha256(text)).toString("base64url") };
    },
    newWebKey: createNewWebKey(plainKeys),
    findProjectRoles: (...args: Parameters<ReturnType<typeof authorizationReader>["findProjectRoles"]>) =>
      authorizationReader({ db: db() }).findProjectRoles(...args),
    projectAccess: (...args: Parameters<ReturnType<typeof authorizationReader>["projectAccess"]>) =>
      authorizationReader({ db: db() }).projectAccess(...args),
    countWebKeys: (...args: Parameters<ReturnType<typeof webKeyReader>["count"]>) =>
      webKeyReader({ db: db() }).count(...args),
    metadataKeysOf: async () => new Set<string>(),
    verifyCodeChallenge,
    generateServiceKey,
    readPublicKey,
    hasPat: (...args: Parameters<ReturnType<typeof credentialReader>["hasPat"]>) =>
      credentialReader({ db: db() }).hasPat(...args),
    hasKey: (...args: Parameters<ReturnType<typeof credentialReader>["hasKey"]>) =>
      credentialReader({ db: db() }).hasKey(...args),
    isOrgDomainTaken: (...args: Parameters<ReturnType<typeof orgReader>["isOrgDomainTaken"]>) =>
      orgReader({ db: db() }).isOrgDomainTaken(...args),
    instanceByHost: (...args: Parameters<ReturnType<typeof instanceReader>["instanceByHost"]>) =>
      instanceReader({ db: db() }).instanceByHost(...args),
    consentOf: (...args: Parameters<ReturnType<typeof consentReader>["consentOf"]>) =>
      consentReader({ db: db() }).consentOf(...args),
    policiesOf: (...args: Parameters<ReturnType<typeof settingsReader>["policiesOf"]>) =>
      settingsReader({ db: db() }).policiesOf(...args),
    isOrgActive: (...args: Parameters<ReturnType<typeof signIn>["isOrgActive"]>) => signIn().isOrgActive(...args),
    findSessionByToken: (...args: Parameters<ReturnType<typeof signIn>["findSessionByToken"]>) =>
      signIn().findSessionByToken(...args),
  };
  const store = await open<Database, typeof sources>({ migrations, parts, sources, tokenStatements, now });
  late.db = store.db;
  const { run } = store;
  const as = (actor: Actor): Ctx => ({ instanceId: testInstance, actor, now: now(), client: null });
  const owner = system("setup", "IAM_OWNER");
  const login = system("login", "IAM_LOGIN_CLIENT");

  const setUp = await run(setUpInstance, as(owner), { name: "test", host: "id.example.com", orgName: "Home" });
  const homeOrg = orgId.parse(setUp.result.orgId);
  const { result: made } = await run(createProject, as(owner), { orgId: homeOrg, name: "Project" });
  const project = projectId.parse(made.projectId);
  await run(generateWebKey, as(owner), { keyId: webKeyId.parse("key-1"), activate: true });

  const addUser = async (userName: string): Promise<UserId> => {
    const { result } = await run(addHumanUser, as(owner), {
      orgId: homeOrg,
      userName,
      givenName: "Ada",
      familyName: "Example",
      email: `${userName}@example.com`,
      password: { is: "plain", password },
    });
    return userId.parse(result.userId);
  };

  const addApp = async (name: string, config: Partial<OidcAppConfig> = {}, projectId = project) => {
    const { result } = await run(createApplication, as(owner), {
      projectId,
      name,
      config: {
        kind: "oidc",
        redirectUris: [redirectUri],
        postLogoutRedirectUris: ["https://app.example.com/bye"],
        grantTypes: ["authorization_code", "refresh_token"],
        appType: "web",
        authMethod: "none",
        devMode: false,
        accessTokenType: "bearer",
        accessTokenRoleAssertion: false,
        idTokenRoleAssertion: false,
        idTokenUserinfoAssertion: false,
        clockSkewSeconds: 0,
        skipNativeAppSuccessPage: false,
        loginVersion: { version: "default", baseUri: "" },
        ...config,
      },
    });
    return {
      applicationId: result.applicationId,
      clientId: clientId.parse(result.clientId),
      secret: result.clientSecret ?? "",
    };
  };

  const readers = {
    clients: clientReader({ db: store.db }),
    consents: consentReader({ db: store.db }),
    registration: clientRegistrationReader({ db: store.db }),
    applicationKeys: applicationKeyReader({ db: store.db }),
    administrators: administratorReader({ db: store.db }),
    authorizations: authorizationReader({ db: store.db }),
    grants: grantReader({ db: store.db }),
    scopes: scopeReader({ db: store.db }),
    serviceAccounts: serviceAccountReader({ db: store.db }),
    sessions: sessionReader({ db: store.db }),
    sessionGrants: sessionGrantReader({ db: store.db }),
    tokens: tokenReader({ db: store.db }),
    users: userReader({ db: store.db }),
    webKeys: webKeyReader({ db: store.db }),
  };
  const dialer = createDialer({ allow: ["127.0.0.1"], measure: noObserver.measure });
  const signerOf = tokenSigner({
    webKeys: readers.webKeys,
    openSecret: plainKeys.openSecret,
    now,
    provideKey: (_instanceId, algorithm) => run(generateWebKey, as(owner), { algorithm }),
  });
  const nonces = dpopNonces(new Uint8Array(32).fill(5));
  const certificates = new Map<string, X509Certificate>();
  const clientKeys = clientKeyReader({ dialer, now });
  const answers = answerWriter({
    stateOf: browserStateWith(new Uint8Array(32).fill(3)),
    ...readers,
    ...plainKeys,
    run,
    signerOf,
    clientKeys,
    subjectKeyOf: () => subjectKey,
  });
  const browsers = browserCookies({ key: new Uint8Array(32).fill(3), secure: true });
  const app = fastify();
  await app.register(
    oidcRoutes({
      ...readers,
      signerOf,
      clientKeys,
      openSecret: plainKeys.openSecret,
      answers,
      membershipsOf: administratorReader({ db: store.db }).membershipsOf,
      sendFormPost: (_request, reply, form) => reply.send(form),
      nonces,
      useProof: proofUser({ useAssertion: assertionUses(store.database).use, nonces }),
      nonceRequired: false,
      dialer,
      clientAuthorities: [],
      certificates: { origin: null },
      certificateOf: ({ raw }) => certificates.get(String(raw.headers["x-test-certificate"])) ?? null,
      ...more,
      run,
      now,
      useAssertion: assertionUses(store.database).use,
      notePoll: paces(store.database).notePoll,
      policiesOf: settingsReader({ db: store.db }).policiesOf,
      clientInfoOf: () => null,
      log: { info: () => {}, error: (_message, { error } = {}) => console.error(error) },
      instanceOf: async () => ({
        instanceId: testInstance,
        issuer,
        ownProjectId: projectId.parse(setUp.result.projectId),
        browsers,
        subjectKey,
        languages: ["en", "de"],
      }),
      loginUrl: (_instance, id) => `/ui/login?authRequest=${id}`,
      confirmSignOutUrl: (_instance, next) => `/ui/login/sign-out?next=${encodeURIComponent(next)}`,
      signedOutUrl: () => "/ui/login/signed-out",
      deviceUrl: (userCode) => `/ui/login/device?user_code=${userCode ?? ""}`,
      frontChannelLogouts: frontChannelLogouts(readers),
      sendSigningOutPage: (_request, reply, frames, goOnHref) => reply.send({ frames, goOnHref }),
      sendErrorPage: (_request, reply, error) => reply.code(400).type("text/html").send(`page: ${error.page}`),
    }),
  );

  const authorize = (parameters: Readonly<Record<string, string>>, cookie = "") =>
    app.inject({ method: "GET", url: "/oauth/v2/authorize", query: parameters, headers: { cookie } });

  const usual = (client: ClientId): Readonly<Record<string, string>> => ({
    client_id: client,
    redirect_uri: redirectUri,
    response_type: "code",
    scope: "openid profile email offline_access",
    state: "the-state",
    nonce: "the-nonce",
    code_challenge: challenge,
    code_challenge_method: "S256",
  });

  /** Signs the user in as a login client does, and answers the auth request: gives the code. */
  const signInWith = async (client: ClientId, user: UserId, more: Readonly<Record<string, string>> = {}) =>
    answer(await authorize({ ...usual(client), ...more }), user);

  /** Answers the auth request that an authorization request has begun. */
  const answer = async (begun: Awaited<ReturnType<typeof authorize>>, user: UserId) => {
    const id = new URL(begun.headers.location ?? "", issuer).searchParams.get("authRequest");
    const { result: session } = await run(createSession, as(login), {
      checks: { user: { userId: user }, password: { password } },
    });
    if (session.is !== "written" || id === null) throw new Error(`no sign-in: ${begun.headers.location ?? begun.body}`);
    const { result } = await run(completeAuthRequest, as(login), {
      authRequestId: id,
      sessionId: session.sessionId,
      userId: user,
      proof: { by: "token", token: session.token },
    });
    return { code: result.code ?? "", sessionId: session.sessionId, completed: result };
  };

  const post = (path: string, form: Readonly<Record<string, string>>, headers: Readonly<Record<string, string>> = {}) =>
    app.inject({
      method: "POST",
      url: path,
      payload: new URLSearchParams(form).toString(),
      headers: { "content-type": "application/x-www-form-urlencoded", ...headers },
    });
  const token = (form: Readonly<Record<string, string>>, headers: Readonly<Record<string, string>> = {}) =>
    post("/oauth/v2/token", form, headers);
  const redeeming = (client: ClientId, code: string) => ({
    grant_type: "authorization_code",
    client_id: client,
    code,
    redirect_uri: redirectUri,
    code_verifier: verifier,
  });
  const redeem = (
    client: ClientId,
    code: string,
    more: Readonly<Record<string, string>> = {},
    headers: Readonly<Record<string, string>> = {},
  ) => token({ ...redeeming(client, code), ...more }, headers);
  const refresh = (client: ClientId, refreshToken: string, more: Readonly<Record<string, string>> = {}) =>
    token({ grant_type: "refresh_token", client_id: client, refresh_token: refreshToken, ...more });
  const userinfo = (accessToken: string) =>
    app.inject({ url: "/oidc/v1/userinfo", headers: { authorization: `Bearer ${accessToken}` } });

  return {
    ...store,
    app,
    as,
    owner,
    login,
    orgId: homeOrg,
    projectId: project,
    ownProjectId: setUp.result.projectId,
    browsers,
    addUser,
    addApp,
    addProject: async (name: string) =>
      projectId.parse((await run(createProject, as(owner), { orgId: homeOrg, name })).result.projectId),
    addApi: async (name: string, authMethod: "basic" | "private_key_jwt" = "basic") => {
      const { result } = await run(createApplication, as(owner), {
        projectId: project,
        name,
        config: { kind: "api", authMethod },
      });
      return {
        applicationId: result.applicationId,
        clientId: clientId.parse(result.clientId),
        secret: result.clientSecret ?? "",
      };
    },
    authorize,
    answers,
    usual,
    signInWith,
    answer,
    redeeming,
    post,
    token,
    redeem,
    refresh,
    userinfo,
    /** what requests with the header `x-test-certificate` of that name prove to hold */
    certificates,
    /** lets time pass for every later request and command */
    pass: (seconds: number) => {
      shift.seconds += seconds;
    },
  };
};
