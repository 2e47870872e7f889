import fc from "fast-check";
import { expect, test } from "vitest";
import { clientId } from "../../../kernel/ids.ts";
import type { OidcConfig } from "../../../modules/application/application.events.ts";
import { type ClientSettings, defaultClientSettings } from "../../../modules/application/client-settings.events.ts";
import type { AuthorizeResponseType } from "../../../modules/auth-request/response-type.events.ts";
import type { OidcClient } from "../client.ts";
import { OAuthError } from "../errors.ts";
import { readParameters } from "../parameters.ts";
import { answerToClient } from "./answer-to-client.ts";
import { checkClaims } from "./check-claims.ts";
import { checkHints } from "./check-hints.ts";
import { checkMaxAge } from "./check-max-age.ts";
import { checkNonce } from "./check-nonce.ts";
import { checkPkce } from "./check-pkce.ts";
import { checkPrompt } from "./check-prompt.ts";
import { checkRedirectUri } from "./check-redirect-uri.ts";
import { checkResponseMode } from "./check-response-mode.ts";
import { checkResponseType } from "./check-response-type.ts";
import { checkScope } from "./check-scope.ts";
import { rejectRegistration } from "./reject-registration.ts";
import { rejectRepeated } from "./reject-repeated.ts";

const redirectUri = "https://app.example.com/callback";
const answerTo = {
  clientId: clientId.parse("client"),
  redirectUri,
  responseMode: "query",
  state: null,
  browserId: null,
  loginClientId: null,
} as const;
const challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

const clientWith = (more: Partial<OidcConfig>, settings: ClientSettings): OidcClient => {
  const oidc: OidcConfig = {
    redirectUris: [redirectUri],
    responseTypes: ["code"],
    grantTypes: ["authorization_code"],
    appType: "web",
    authMethod: "none",
    postLogoutRedirectUris: [],
    devMode: false,
    accessTokenType: "bearer",
    accessTokenRoleAssertion: false,
    idTokenRoleAssertion: false,
    idTokenUserinfoAssertion: false,
    clockSkewSeconds: 0,
    additionalOrigins: [],
    skipNativeAppSuccessPage: false,
    backChannelLogoutUri: "",
    loginVersion: { version: "default", baseUri: "" },
    ...more,
  };
  const parts = { clientId: "client", applicationId: "app", projectId: "project", orgId: "org", name: "App" };
  // Ids are only handed through here.
  const whole = { ...parts, isActive: true, authMethod: oidc.authMethod, secretHash: null, oidc, settings };
  return whole as unknown as OidcClient;
};

const before = (
  query: string,
  client: Partial<OidcConfig> = {},
  responseType: AuthorizeResponseType = "code",
  settings: Partial<ClientSettings> = {},
) => ({
  parameters: readParameters(new URLSearchParams(query)),
  client: clientWith(client, { ...defaultClientSettings, ...settings }),
  redirectUri,
  answerTo,
  responseModeProblem: null,
  responseType,
});

const refusal = async (act: () => unknown): Promise<string> => {
  try {
    await act();
    return "passed";
  } catch (error) {
    return error instanceof OAuthError ? error.code : String(error);
  }
};

test("a redirect URI that is missing, repeated or not registered is told to the person, never redirected to", async () => {
  for (const query of [
    "",
    `redirect_uri=${redirectUri}/x`,
    `redirect_uri=${redirectUri}&redirect_uri=${redirectUri}`,
  ]) {
    expect(await refusal(() => checkRedirectUri(before(query)))).toBe("invalid_request");
  }
  expect(await checkRedirectUri(before(`redirect_uri=${redirectUri}`))).toEqual({ redirectUri });
});

test("answers go by the mode asked for; an unknown mode is ignored", async () => {
  expect(await answerToClient(before("response_mode=fragment&state=s"))).toEqual({
    answerTo: { ...answerTo, responseMode: "fragment", state: "s" },
    responseModeProblem: null,
  });
  expect(await answerToClient(before("response_mode=other"))).toMatchObject({ answerTo: { responseMode: "query" } });
});

test("RFC 6749 §3.1: repeated parameters are refused", async () => {
  expect(await refusal(() => rejectRepeated(before("nonce=a&nonce=b")))).toBe("invalid_request");
});

test("OpenID Connect Core §7.2.1: registration is refused, not ignored", async () => {
  expect(await refusal(() => rejectRegistration(before("registration=x")))).toBe("registration_not_supported");
});

test("RFC 6749 §3.1.1: only a response type that is built, and that the client is registered for", async () => {
  expect(await refusal(() => checkResponseType(before("")))).toBe("invalid_request");
  expect(await refusal(() => checkResponseType(before("response_type=code x")))).toBe("unsupported_response_type");
  expect(await refusal(() => checkResponseType(before("response_type=token")))).toBe("unauthorized_client");
  const implicit = { responseTypes: ["id_token"] } as const;
  expect(
    await refusal(() =>
      checkResponseType(before("response_type=code", { responseTypes: [...implicit.responseTypes] })),
    ),
  ).toBe("unauthorized_client");
  expect(await checkResponseType(before("response_type=code"))).toEqual({ responseType: "code" });
});

test("the order of a response type's words does not matter; it needs the grant types that it stands for", async () => {
  const additionalResponseTypes: ClientSettings["additionalResponseTypes"] = ["code id_token token"];
  const asking = (grantTypes: OidcConfig["grantTypes"], more: Partial<ClientSettings> = {}) =>
    before("response_type=token id_token code", { grantTypes }, "code", { additionalResponseTypes, ...more });
  const both: OidcConfig["grantTypes"] = ["authorization_code", "implicit"];
  expect(await checkResponseType(asking(both))).toEqual({ responseType: "code id_token token" });
  expect(await refusal(() => checkResponseType(asking(["authorization_code"])))).toBe("unauthorized_client");
  expect(await refusal(() => checkResponseType(asking(both, { dpopBoundAccessTokens: true })))).toBe(
    "unauthorized_client",
  );
});

test.each([
  ["response_type=id_token", "fragment", true],
  ["response_type=id_token&response_mode=query", "fragment", false],
  ["response_type=code token&response_mode=query.jwt", "fragment.jwt", false],
  ["response_type=code token&response_mode=jwt", "fragment.jwt", true],
  ["response_type=code&response_mode=jwt", "query.jwt", true],
  ["response_type=none", "query", true],
  ["response_type=id_token&response_mode=form_post", "form_post", true],
])("%s is answered by %s, and tokens never by query (Multiple Response Types §5)", async (query, mode, isFine) => {
  const { answerTo: to, responseModeProblem } = await answerToClient(before(query));
  expect([to.responseMode, responseModeProblem === null]).toEqual([mode, isFine]);
  const asked = { ...before(query), answerTo: to, responseModeProblem };
  expect(await refusal(() => checkResponseMode(asked))).toBe(isFine ? "passed" : "invalid_request");
});

test.each([
  ["http://app.example.com/cb", { appType: "web" }, "invalid_request"],
  ["http://app.example.com/cb", { appType: "web", devMode: true }, "passed"],
  ["http://127.0.0.1:4711/cb", { appType: "native" }, "passed"],
  ["https://app.example.com/cb", { appType: "web" }, "passed"],
] as const)(
  "tokens through the browser to %s of %o: %s (Dynamic Client Registration §2)",
  async (uri, config, outcome) => {
    const asked = { ...before("", config, "id_token"), answerTo: { ...answerTo, redirectUri: uri } };
    expect(await refusal(() => checkResponseMode(asked))).toBe(outcome);
    const code = { ...before("", config, "code"), answerTo: { ...answerTo, redirectUri: uri } };
    expect(await refusal(() => checkResponseMode(code))).toBe("passed");
  },
);

test("form_post needs a server at the redirect URI", async () => {
  const native = { ...before("response_mode=form_post"), redirectUri: "com.example.app:/cb" };
  expect(await answerToClient(native)).toMatchObject({ answerTo: { responseMode: "query" } });
});

test("an ID token through the browser needs openid and a nonce (OpenID Connect Core §3.2.2.1, §3.3.2.11)", async () => {
  for (const type of ["id_token", "id_token token", "code id_token", "code id_token token"] as const) {
    expect(await refusal(() => checkNonce(before("", {}, type)))).toBe("invalid_request");
    expect(await refusal(() => checkScope(before("scope=profile", {}, type)))).toBe("invalid_request");
  }
  expect(await checkNonce(before("", {}, "code token"))).toEqual({ nonce: null });
});

test("offline_access is ignored where no code comes of the request (OpenID Connect Core §11)", async () => {
  const grantTypes: OidcConfig["grantTypes"] = ["implicit", "refresh_token"];
  expect(await checkScope(before("scope=openid offline_access", { grantTypes }, "id_token"))).toEqual({
    scope: ["openid"],
  });
});

test("the claims parameter is JSON of the form of §5.5; what is not defined there is left out", async () => {
  const asked = { id_token: { acr: { essential: true, values: ["phr"] }, name: null } };
  const sent = encodeURIComponent(JSON.stringify({ ...asked, other: 1 }));
  expect(await checkClaims(before(`claims=${sent}`))).toEqual({ claims: asked, acrValues: [] });
  const deep = `{"id_token":{"name":{"value":${"[".repeat(3_500)}${"]".repeat(3_500)}}}}`;
  for (const wrong of ["{", "[]", deep, '"x"', '{"id_token":[]}', '{"userinfo":{"name":1}}']) {
    expect(await refusal(() => checkClaims(before(`claims=${encodeURIComponent(wrong)}`)))).toBe("invalid_request");
  }
});

test("whatever is sent as claims, it is read or refused, and never fails otherwise", async () => {
  const name = fc.constantFrom("id_token", "userinfo", "__proto__", "sub", "acr", "value", "values", "essential");
  const value = fc.constantFrom(
    null,
    true,
    1,
    "x",
    [],
    ["x"],
    [[]],
    {},
    { essential: true },
    { values: ["x"], value: 1 },
  );
  const pairs = <T>(of: fc.Arbitrary<T>) => fc.array(fc.tuple(name, of), { maxLength: 3 }).map(Object.fromEntries);
  const sent = fc.oneof(
    fc.string({ maxLength: 20 }),
    value,
    pairs(value),
    pairs(pairs(value)),
    pairs(pairs(pairs(value))),
  );
  await fc.assert(
    fc.asyncProperty(sent, async (claims) => {
      const text = typeof claims === "string" ? claims : JSON.stringify(claims);
      const query = new URLSearchParams({ claims: text.replaceAll("\u0000", "") }).toString();
      expect(["passed", "invalid_request"]).toContain(await refusal(() => checkClaims(before(query))));
    }),
    { numRuns: 500 },
  );
});

test("acr_values count before default_acr_values, max_age before default_max_age", async () => {
  const settings = { defaultAcrValues: ["phr"], defaultMaxAgeSeconds: 60 };
  expect(await checkClaims(before("", {}, "code", settings))).toMatchObject({ acrValues: ["phr"] });
  expect(await checkClaims(before("acr_values=a b", {}, "code", settings))).toMatchObject({ acrValues: ["a", "b"] });
  expect(await checkMaxAge(before("", {}, "code", settings))).toEqual({ maxAgeSeconds: 60 });
  expect(await checkMaxAge(before("max_age=5", {}, "code", settings))).toEqual({ maxAgeSeconds: 5 });
});

test("OpenID Connect Core §11: offline_access is ignored for clients without the refresh token grant", async () => {
  const query = "scope=openid offline_access";
  expect(await checkScope(before(query))).toEqual({ scope: ["openid"] });
  const grantTypes = ["authorization_code", "refresh_token"] as const;
  expect(await checkScope(before(query, { grantTypes: [...grantTypes] }))).toEqual({
    scope: ["openid", "offline_access"],
  });
  expect(await refusal(() => checkScope(before("")))).toBe("invalid_scope");
});

test("RFC 9700 §2.1.1: public clients must send an S256 challenge; plain is refused for all", async () => {
  expect(await refusal(() => checkPkce(before("")))).toBe("invalid_request");
  expect(await checkPkce(before("", { authMethod: "basic" }))).toEqual({ codeChallenge: null });
  for (const query of [
    `code_challenge=${challenge}`,
    `code_challenge=${challenge}&code_challenge_method=plain`,
    `code_challenge=${challenge}=&code_challenge_method=S256`,
    "code_challenge_method=S256",
  ]) {
    for (const authMethod of ["none", "basic"] as const) {
      expect(await refusal(() => checkPkce(before(query, { authMethod }))), query).toBe("invalid_request");
    }
  }
  expect(await checkPkce(before(`code_challenge=${challenge}&code_challenge_method=S256`))).toEqual({
    codeChallenge: challenge,
  });
});

test("state and nonce are handed back unchanged, up to a limit", async () => {
  expect(await checkNonce(before("nonce=%20a%2Bb"))).toEqual({ nonce: " a+b" });
  expect(await refusal(() => checkNonce(before(`nonce=${"n".repeat(2_049)}`)))).toBe("invalid_request");
});

test("OpenID Connect Core §3.1.2.1: prompt=none stands alone; unknown prompts are ignored", async () => {
  expect(await refusal(() => checkPrompt(before("prompt=none login")))).toBe("invalid_request");
  expect(await checkPrompt(before("prompt=login select_account other"))).toEqual({
    prompt: ["login", "select_account"],
  });
});

test("max_age is a number of seconds", async () => {
  expect(await checkMaxAge(before("max_age=0"))).toEqual({ maxAgeSeconds: 0 });
  for (const value of ["-1", "1.5", "x", "99999999999"]) {
    expect(await refusal(() => checkMaxAge(before(`max_age=${value}`)))).toBe("invalid_request");
  }
});

test("hints that cannot be used are dropped, not refused", async () => {
  expect(await checkHints(before("login_hint=ada@example.com&ui_locales=de-CH de <x>"))).toEqual({
    loginHint: "ada@example.com",
    uiLocales: ["de-CH", "de"],
  });
  expect(await checkHints(before(`login_hint=${"x".repeat(500)}`))).toMatchObject({ loginHint: null });
});
