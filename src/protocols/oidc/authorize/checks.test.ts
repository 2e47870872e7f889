import { expect, test } from "vitest";
import type { OidcConfig } from "../../../modules/application/application.events.ts";
import type { OidcClient } from "../client.ts";
import { OAuthError } from "../errors.ts";
import { readParameters } from "../parameters.ts";
import { answerToClient } from "./answer-to-client.ts";
import { checkHints } from "./check-hints.ts";
import { checkMaxAge } from "./check-max-age.ts";
import { checkNonce } from "./check-nonce.ts";
import { checkPkce } from "./check-pkce.ts";
import { checkPrompt } from "./check-prompt.ts";
import { checkRedirectUri } from "./check-redirect-uri.ts";
import { checkResponseType } from "./check-response-type.ts";
import { checkScope } from "./check-scope.ts";
import { rejectRepeated } from "./reject-repeated.ts";
import { rejectRequestObjects } from "./reject-request-objects.ts";

const redirectUri = "https://app.example.com/callback";
const answerTo = { redirectUri, responseMode: "query", state: null } as const;
const challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

const clientWith = (more: Partial<OidcConfig> = {}): OidcClient => {
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
  return { ...parts, isActive: true, authMethod: oidc.authMethod, secretHash: null, oidc } as unknown as OidcClient;
};

const before = (query: string, client: Partial<OidcConfig> = {}) => ({
  parameters: readParameters(new URLSearchParams(query)),
  client: clientWith(client),
  redirectUri,
  answerTo,
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
    answerTo: { redirectUri, responseMode: "fragment", state: "s" },
  });
  expect(await answerToClient(before("response_mode=other"))).toMatchObject({ answerTo: { responseMode: "query" } });
});

test("RFC 6749 §3.1: repeated parameters are refused", async () => {
  expect(await refusal(() => rejectRepeated(before("nonce=a&nonce=b")))).toBe("invalid_request");
});

test.each([
  ["request", "request_not_supported"],
  ["request_uri", "request_uri_not_supported"],
  ["registration", "registration_not_supported"],
])("OpenID Connect Core §6: %s is refused, not ignored", async (name, code) => {
  expect(await refusal(() => rejectRequestObjects(before(`${name}=x`)))).toBe(code);
});

test("RFC 6749 §3.1.1: only a response type that is built, and that the client is registered for", async () => {
  expect(await refusal(() => checkResponseType(before("")))).toBe("invalid_request");
  expect(await refusal(() => checkResponseType(before("response_type=token")))).toBe("unsupported_response_type");
  expect(await refusal(() => checkResponseType(before("response_type=code token")))).toBe("unsupported_response_type");
  const implicit = { responseTypes: ["id_token"] } as const;
  expect(
    await refusal(() =>
      checkResponseType(before("response_type=code", { responseTypes: [...implicit.responseTypes] })),
    ),
  ).toBe("unauthorized_client");
  expect(await checkResponseType(before("response_type=code"))).toEqual({ responseType: "code" });
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
