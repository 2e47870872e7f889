import { expect, test } from "vitest";
import type { z } from "zod";
import { given, instanceOwner, orgOwner, past, plainUser } from "../../../test/harness/given.ts";
import { project } from "../project/project.events.ts";
import { createApplication } from "./create-application.ts";
import { redirectUriProblem } from "./redirect-uris.ts";

const shop = past(project, "shop", "acme", [
  "project.added",
  {
    orgId: "acme",
    name: "Shop",
    roleAssertion: false,
    authorizationRequired: false,
    accessRequired: false,
    privateLabeling: "unspecified",
  },
]);
const facts = { newId: () => "4711", mintClientSecret: () => ({ text: "the-secret", hash: "hash-of-it" }) };

type Input = z.input<typeof createApplication.input>;
type OidcInput = Extract<Input["config"], { kind: "oidc" }>;

const oidc = (part: Partial<OidcInput> = {}): Input => ({
  projectId: "shop",
  applicationId: "web",
  name: "Web",
  config: {
    kind: "oidc",
    redirectUris: ["https://shop.example/cb"],
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
    ...part,
  },
});
const owner = orgOwner("acme");

test("a client that authenticates by secret gets one, told once; the log holds only its hash", async () => {
  const creating = given(shop).when(createApplication, owner, oidc(), facts);
  await creating.thenResult({
    kind: "oidc",
    applicationId: "web",
    clientId: "4711",
    clientSecret: "the-secret",
    problems: [],
  });
  const { events } = await creating.decided();
  expect(events.map(({ type }) => type)).toEqual([
    "project.application.added",
    "project.application.config.oidc.added",
  ]);
  expect(events[1]?.payload).toMatchObject({
    clientId: "4711",
    secretHash: "hash-of-it",
    responseTypes: ["code"],
    grantTypes: ["authorization_code"],
  });
  expect(JSON.stringify(events?.map(({ payload, personal }) => [payload, personal]))).not.toContain("the-secret");
});

test.each(["none", "private_key_jwt"] as const)(
  "a client with authentication method %s gets no secret",
  async (authMethod) => {
    const { events, result } = await given(shop).when(createApplication, owner, oidc({ authMethod }), facts).decided();
    expect(result.clientSecret).toBeNull();
    expect(events[1]?.payload).toMatchObject({ secretHash: null });
  },
);

test("an API gets a client id and a secret", async () => {
  const api: Input = { projectId: "shop", name: "API", config: { kind: "api", authMethod: "basic" } };
  const { events, result } = await given(shop).when(createApplication, owner, api, facts).decided();
  expect(result).toMatchObject({ kind: "api", clientId: "4711", clientSecret: "the-secret" });
  expect(events[1]?.type).toBe("project.application.config.api.added");
});

test("what does not go together is told, not refused", async () => {
  const spa = oidc({ appType: "user_agent", authMethod: "basic", responseTypes: ["id_token"], redirectUris: [] });
  const { result } = await given(shop).when(createApplication, owner, spa, facts).decided();
  expect(result.problems.map(({ key }) => key.replace("Application.OIDC.V1.", ""))).toEqual([
    "NoRedirectUris",
    "NotAllCombinationsAreAllowed",
    "UserAgent.AuthMethodType.NotNone",
  ]);
});

test("403: applications are created where one may, and a stranger does not learn which projects exist", async () => {
  await given(shop).when(createApplication, orgOwner("other"), oidc(), facts).refused("auth.denied");
  await given().when(createApplication, orgOwner("other"), oidc(), facts).refused("auth.denied");
  await given(shop).when(createApplication, plainUser("bob"), oidc(), facts).refused("auth.denied");
  await given().when(createApplication, instanceOwner(), oidc(), facts).refused("project.not_found");
});

test.each([
  ["web", false, "https://shop.example/cb", true],
  ["web", false, "http://shop.example/cb", false],
  ["web", false, "http://localhost:3000/cb", false],
  ["web", true, "http://localhost:3000/cb", true],
  ["web", true, "http://shop.example/cb", true],
  ["web", false, "com.example.app:/cb", false],
  ["web", true, "com.example.app:/cb", false],
  ["native", false, "com.example.app:/cb", true],
  ["native", false, "http://127.0.0.1/cb", true],
  ["native", false, "http://[::1]:9/cb", true],
  ["native", false, "http://localhost/cb", true],
  ["native", false, "http://shop.example/cb", false],
  ["native", false, "javascript:alert(1)", false],
  ["native", true, "data:text/html,x", false],
  ["user_agent", false, "https://shop.example/cb#x", false],
  ["user_agent", false, "https://shop.example/cb#", false],
  ["user_agent", false, "https://user:pw@shop.example/", false],
  ["user_agent", false, "https://*.shop.example/", false],
  ["user_agent", true, "https://*.shop.example/", true],
  ["user_agent", false, "/cb", false],
  ["user_agent", false, "not a uri", false],
  ["web", false, "https://例え.example/cb", false],
  ["web", false, "https://app.example/\u00e4", false],
  ["web", true, "https://app.example/a\r\nX: y", false],
  ["web", true, "https://app.example\\cb", false],
] as const)("%s application (development: %s): %s may be registered: %s", (appType, devMode, uri, may) => {
  expect(redirectUriProblem(uri, { appType, devMode }) === null).toBe(may);
});

test.each([
  { redirectUris: ["http://shop.example/cb"] },
  { postLogoutRedirectUris: ["http://shop.example/"] },
  { additionalOrigins: ["https://shop.example/path"] },
  { backChannelLogoutUri: "http://shop.example/logout" },
  { backChannelLogoutUri: "not a uri" },
  { loginVersion: { version: "v2", baseUri: "javascript:alert(1)" } as const },
  { loginVersion: { version: "v2", baseUri: "//login.example" } as const },
  { loginVersion: { version: "v2", baseUri: "https://login.example\r\nX: y" } as const },
  { loginVersion: { version: "v2", baseUri: "https://login.example/?a=b" } as const },
])("refuses %j", async (part) => {
  const refusal = "application.redirect_uri_invalid";
  await given(shop).when(createApplication, owner, oidc(part), facts).refused(refusal);
});
