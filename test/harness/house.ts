import { migrations } from "../../migrations/index.ts";
import type { Actor, Ctx } from "../../src/kernel/actor.ts";
import { clientId, orgId, userId } from "../../src/kernel/ids.ts";
import type { Instant } from "../../src/kernel/time.ts";
import { createApplication } from "../../src/modules/application/create-application.ts";
import {
  type AuthorizationReader,
  authorizationReader,
} from "../../src/modules/authorization/authorization.queries.ts";
import { type ConsentReader, consentReader } from "../../src/modules/consent/consent.queries.ts";
import { setUpInstance } from "../../src/modules/instance/set-up-instance.ts";
import { sessionReader } from "../../src/modules/session/session.queries.ts";
import { signInReader } from "../../src/modules/session/sign-in.queries.ts";
import { settingsReader } from "../../src/modules/settings/settings.queries.ts";
import { tokenStatements } from "../../src/modules/token/token.projection.ts";
import { tokenReader } from "../../src/modules/token/token.queries.ts";
import { addHumanUser } from "../../src/modules/user/add-human-user.ts";
import { parts } from "../../src/parts.ts";
import { createNewId } from "../../src/platform/crypto/ids.ts";
import { createPasswords } from "../../src/platform/crypto/passwords.ts";
import { createMintToken } from "../../src/platform/crypto/tokens.ts";
import type { Database } from "../../src/schema.ts";
import { type OpenStore, testInstance, wallClock } from "./store.ts";

/** the one client of the house, of an application in the instance's own project */
export const houseClient = clientId.parse("client-1");
export const housePassword = "Rheinfall-1589!";

/** Far cheaper than in production: tests check many passwords. */
const cheap = { memoryKib: 64, passes: 1, lanes: 1 };

/** A set-up instance with one human user, on a fresh database: what tests of sessions and tokens stand on. */
export const openHouse = async (open: OpenStore) => {
  const now = wallClock();
  const passwords = createPasswords({ cost: cheap, concurrency: 2, queue: 1_000 });
  // The readers need the store's database, and the store its sources: they meet when the first command runs.
  const late: { sources?: Sources } = {};
  const sources = {
    ...passwords,
    mintToken: createMintToken(createNewId()),
    mintCode: () => ({ text: "123456", hash: "hash" }),
    newId: () => houseClient,
    sealSecret: async (_instance: unknown, label: string, text: string) => `${label} ${text}`,
    mintClientSecret: () => ({ text: "secret", hash: "hash" }),
    policiesOf: (...args: Parameters<Sources["policiesOf"]>) => sourcesOf(late).policiesOf(...args),
    projectAccess: (...args: Parameters<Sources["projectAccess"]>) => sourcesOf(late).projectAccess(...args),
    consentOf: (...args: Parameters<Sources["consentOf"]>) => sourcesOf(late).consentOf(...args),
    isOrgActive: (...args: Parameters<Sources["isOrgActive"]>) => sourcesOf(late).isOrgActive(...args),
    findSessionByToken: (...args: Parameters<Sources["findSessionByToken"]>) =>
      sourcesOf(late).findSessionByToken(...args),
  };
  const store = await open<Database, typeof sources>({ migrations, parts, sources, tokenStatements, now });
  const tokens = tokenReader({ db: store.db });
  late.sources = {
    ...signInReader({ db: store.db, tokens }),
    policiesOf: settingsReader({ db: store.db }).policiesOf,
    projectAccess: authorizationReader({ db: store.db }).projectAccess,
    consentOf: consentReader({ db: store.db }).consentOf,
  };

  const as = (actor: Actor, at: Instant = now()): Ctx => ({ instanceId: testInstance, actor, now: at, client: null });
  const system = (name: "setup" | "login", roles: readonly ("SYSTEM_OWNER" | "IAM_OWNER" | "IAM_LOGIN_CLIENT")[]) =>
    ({ kind: "system", name, memberships: [{ level: "instance", roles }] }) as const satisfies Actor;
  const owner = system("setup", ["SYSTEM_OWNER", "IAM_OWNER"]);
  const login = system("login", ["IAM_LOGIN_CLIENT"]);

  const { result } = await store.run(setUpInstance, as(owner), {
    name: "test",
    host: "localhost:8080",
    orgName: "Home",
    loginClient: { userName: "login-client", name: "Login client" },
  });
  const homeOrg = orgId.parse(result.orgId);
  await store.run(createApplication, as(owner), {
    projectId: result.projectId,
    name: "House",
    config: {
      kind: "oidc",
      redirectUris: ["https://app.example/callback"],
      appType: "web",
      authMethod: "basic",
      devMode: false,
      accessTokenType: "bearer",
      accessTokenRoleAssertion: false,
      idTokenRoleAssertion: false,
      idTokenUserinfoAssertion: false,
      clockSkewSeconds: 0,
      skipNativeAppSuccessPage: false,
      loginVersion: { version: "default", baseUri: "" },
    },
  });
  const addUser = async (userName: string, password: string | null = housePassword) => {
    const done = await store.run(addHumanUser, as(owner), {
      orgId: homeOrg,
      userName,
      givenName: userName,
      familyName: "Example",
      email: `${userName}@example.com`,
      emailVerification: "verified",
      password: password === null ? null : { is: "plain", password },
    });
    return userId.parse(done.result.userId);
  };
  return {
    ...store,
    now,
    as,
    owner,
    login,
    orgId: homeOrg,
    projectId: result.projectId,
    loginClientToken: result.loginClientToken ?? "",
    addUser,
    tokens,
    sessions: sessionReader({ db: store.db }),
  };
};

type Sources = ReturnType<typeof signInReader> &
  Pick<ReturnType<typeof settingsReader>, "policiesOf"> &
  Pick<AuthorizationReader, "projectAccess"> &
  Pick<ConsentReader, "consentOf">;

const sourcesOf = (late: { readonly sources?: Sources }): Sources => {
  if (late.sources === undefined) throw new Error("no command runs before the store is open");
  return late.sources;
};
