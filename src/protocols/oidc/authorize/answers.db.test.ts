import { compactDecrypt, createLocalJWKSet, decodeJwt, exportJWK, generateKeyPair, jwtVerify } from "jose";
import { expect, test } from "vitest";
import { issuer, openOidc, password, redirectUri } from "../../../../test/harness/oidc.ts";
import { describeOnBothDatabases } from "../../../../test/harness/store.ts";
import type { ClientId, UserId } from "../../../kernel/ids.ts";
import { clientSettings } from "../../../modules/application/client-settings.events.ts";
import { setClientSettings } from "../../../modules/application/set-client-settings.ts";
import { completeAuthRequest } from "../../../modules/auth-request/complete-auth-request.ts";
import { createSession } from "../../../modules/session/create-session.ts";

const query = (url: string) => Object.fromEntries(new URL(url).searchParams);
const fragment = (url: string) => Object.fromEntries(new URLSearchParams(new URL(url).hash.slice(1)));
const parts = ["authorization_code", "implicit", "refresh_token"] as const;

describeOnBothDatabases("answers of the authorization endpoint", (open) => {
  const prepare = async (settings: Parameters<typeof clientSettings.parse>[0] = {}, more = {}) => {
    const oidc = await openOidc(open);
    const user = await oidc.addUser("ada");
    const app = await oidc.addApp("app", {
      grantTypes: [...parts],
      responseTypes: ["code", "id_token", "id_token token"],
      authMethod: "basic",
      ...more,
    });
    const parsed = clientSettings.parse(settings);
    await oidc.run(setClientSettings, oidc.as(oidc.owner), {
      projectId: oidc.projectId,
      applicationId: app.applicationId,
      settings: parsed,
    });
    /** as CreateCallback does: the finished URL */
    const answer = async (
      request: Readonly<Record<string, string>>,
      client: ClientId = app.clientId,
      as: UserId = user,
    ) => {
      const { completed } = await oidc.signInWith(client, as, request);
      return oidc.answers.completed(oidc.as(oidc.login), issuer, completed);
    };
    return { oidc, user, app, answer };
  };

  test("a login built on the API gets the finished URL for tokens too: they work, and go when the session goes", async () => {
    const { oidc, answer } = await prepare();
    const given = fragment(await answer({ response_type: "id_token token", scope: "openid email offline_access" }));
    expect(given).toMatchObject({ token_type: "Bearer", state: "the-state", iss: issuer, scope: "openid email" });
    expect(decodeJwt(given.id_token ?? "")).toMatchObject({ nonce: "the-nonce", at_hash: expect.any(String) });
    const claims = await oidc.userinfo(given.access_token ?? "");
    expect(claims.json()).toMatchObject({ email: "ada@example.com" });
  });

  test("response_type=none answers with state and issuer only (Multiple Response Types §4)", async () => {
    const { answer } = await prepare({ additionalResponseTypes: ["none"] });
    const { session_state, ...rest } = query(await answer({ response_type: "none" }));
    expect(rest).toEqual({ state: "the-state", iss: issuer });
  });

  test("an answer is given once, whatever its type: a second one is refused", async () => {
    const { oidc, user, app, answer } = await prepare();
    const { completed, sessionId } = await oidc.signInWith(app.clientId, user, { response_type: "id_token token" });
    await oidc.answers.completed(oidc.as(oidc.login), issuer, completed);
    await expect(oidc.answers.completed(oidc.as(oidc.login), issuer, completed)).rejects.toMatchObject({
      code: "auth_request.done",
    });
    const again = { authRequestId: completed.authRequestId, sessionId, userId: user };
    const { result } = await oidc.run(createSession, oidc.as(oidc.login), {
      checks: { user: { userId: user }, password: { password } },
    });
    if (result.is !== "written") throw new Error("not signed in");
    await expect(
      oidc.run(completeAuthRequest, oidc.as(oidc.login), {
        ...again,
        sessionId: result.sessionId,
        proof: { by: "token", token: result.token },
      }),
    ).rejects.toMatchObject({ code: "auth_request.done" });
    expect(fragment(await answer({ response_type: "id_token" }))).toHaveProperty("id_token");
  });

  test("JARM: the answer is one JWT for this client, errors too (JARM §2.1)", async () => {
    const { oidc, app, answer } = await prepare({ authorizationSignedResponseAlg: "ES256" });
    const good = query(await answer({ response_mode: "jwt" }));
    expect(Object.keys(good)).toEqual(["response"]);
    const keys = (await oidc.app.inject("/oauth/v2/keys")).json();
    const { payload, protectedHeader } = await jwtVerify(good.response ?? "", createLocalJWKSet(keys), {
      issuer,
      audience: app.clientId,
      requiredClaims: ["exp"],
    });
    expect(protectedHeader.alg).toBe("ES256");
    expect(payload).toMatchObject({ code: expect.any(String), state: "the-state" });
    expect((payload.exp ?? 0) - Date.now() / 1_000).toBeLessThanOrEqual(601);
    const bad = await oidc.authorize({ ...oidc.usual(app.clientId), response_mode: "fragment.jwt", prompt: "none" });
    const { response = "" } = fragment(bad.headers.location ?? "");
    expect(decodeJwt(response)).toMatchObject({ error: "login_required", state: "the-state", aud: app.clientId });
  });

  test("JARM, encrypted: tokens may go in the query then, and only the client reads them (JARM §2.3.1)", async () => {
    const { publicKey, privateKey } = await generateKeyPair("ECDH-ES", { extractable: true });
    const jwk = { ...(await exportJWK(publicKey)), kid: "enc", use: "enc", alg: "ECDH-ES" };
    const { app, answer } = await prepare({
      jwks: { keys: [jwk] },
      authorizationSignedResponseAlg: "RS256",
      authorizationEncryptedResponseAlg: "ECDH-ES",
    });
    const { response = "", ...rest } = query(await answer({ response_type: "id_token", response_mode: "query.jwt" }));
    expect(rest).toEqual({});
    const { plaintext } = await compactDecrypt(response, privateKey);
    const claims = decodeJwt(new TextDecoder().decode(plaintext));
    expect(claims).toMatchObject({ iss: issuer, aud: app.clientId, state: "the-state", id_token: expect.any(String) });
  });

  test("scripts of the application read userinfo, and anybody's that a token is gone; other sites read nothing", async () => {
    const { oidc, answer } = await prepare();
    const { access_token: token = "" } = fragment(await answer({ response_type: "id_token token" }));
    const ask = async (origin: string, bearer: string) => {
      const headers = { origin, authorization: `Bearer ${bearer}` };
      return (await oidc.app.inject({ url: "/oidc/v1/userinfo", headers })).headers["access-control-allow-origin"];
    };
    expect(await ask("https://app.example.com", token)).toBe("https://app.example.com");
    expect(await ask("https://evil.example", token)).toBeUndefined();
    expect(await ask("https://app.example.com", "at_1.x")).toBe("*");
  });

  test("form_post: a sealed address, for this browser, for minutes, that no change survives", async () => {
    const { oidc, user, app } = await prepare();
    const begun = await oidc.authorize({ ...oidc.usual(app.clientId), response_mode: "form_post" });
    const cookie = String(begun.headers["set-cookie"]).split(";")[0] ?? "";
    const id = new URL(begun.headers.location ?? "", issuer).searchParams.get("authRequest") ?? "";
    const { result: session } = await oidc.run(createSession, oidc.as(oidc.login), {
      checks: { user: { userId: user }, password: { password } },
    });
    if (session.is !== "written") throw new Error("not signed in");
    const { result } = await oidc.run(completeAuthRequest, oidc.as(oidc.login), {
      authRequestId: id,
      sessionId: session.sessionId,
      userId: user,
      proof: { by: "token", token: session.token },
    });
    const url = new URL(await oidc.answers.completed(oidc.as(oidc.login), issuer, result));
    expect(url.origin + url.pathname).toBe(`${issuer}/oauth/v2/authorize/callback`);
    const show = (path: string, headers = { cookie }) => oidc.app.inject({ url: path, headers });
    const page = await show(url.pathname + url.search);
    expect(page.json()).toMatchObject({
      action: redirectUri,
      fields: expect.arrayContaining([
        ["code", expect.any(String)],
        ["state", "the-state"],
        ["iss", issuer],
      ]),
    });
    const elsewhere = await show(url.pathname + url.search, { cookie: "" });
    expect([elsewhere.statusCode, elsewhere.body]).toEqual([400, "page: request"]);
    expect((await show(`${url.pathname}${url.search}x`)).statusCode).toBe(400);
    expect((await show(`${url.pathname}?response=`)).statusCode).toBe(400);
    oidc.pass(121);
    expect((await show(url.pathname + url.search)).statusCode).toBe(400);
  });

  test("pairwise: one name in ID token, userinfo, introspection and JWT access token, another elsewhere (Core §8.1)", async () => {
    const { oidc, user, app, answer } = await prepare({ subjectType: "pairwise" }, { accessTokenType: "jwt" });
    const api = await oidc.addApi("api");
    const given = fragment(await answer({ response_type: "id_token token" }));
    const { sub } = decodeJwt(given.id_token ?? "");
    expect(sub).not.toBe(user);
    expect(decodeJwt(given.access_token ?? "").sub).toBe(sub);
    expect((await oidc.userinfo(given.access_token ?? "")).json()).toMatchObject({ sub });
    const basic = `Basic ${Buffer.from(`${api.clientId}:${api.secret}`).toString("base64")}`;
    const introspected = await oidc.post(
      "/oauth/v2/introspect",
      { token: given.access_token ?? "" },
      { authorization: basic },
    );
    expect(introspected.json()).toMatchObject({ active: true, sub });
    // The name means the user again: as a hint, and as a claim with a value.
    const hinted = await oidc.authorize({ ...oidc.usual(app.clientId), id_token_hint: given.id_token ?? "" });
    expect(hinted.headers.location).toMatch(/authRequest=/);
    const claims = JSON.stringify({ id_token: { sub: { value: sub } } });
    expect(decodeJwt(fragment(await answer({ response_type: "id_token", claims })).id_token ?? "").sub).toBe(sub);
    const wrong = JSON.stringify({ id_token: { sub: { value: user } } });
    const refused = await oidc.authorize({ ...oidc.usual(app.clientId), claims: wrong });
    expect(query(refused.headers.location ?? "")).toMatchObject({ error: "login_required" });
  });

  test("a strength that nobody can prove is refused, not granted by another name (RFC 9470 §5)", async () => {
    const { oidc, app, answer } = await prepare();
    const strong = JSON.stringify({ id_token: { acr: { essential: true, values: ["phr"] } } });
    await expect(answer({ claims: strong })).rejects.toMatchObject({ code: "session.acr_unmet" });
    await expect(answer({ acr_values: "phr" })).rejects.toMatchObject({ code: "session.acr_unmet" });
    const wished = decodeJwt(
      fragment(await answer({ response_type: "id_token", acr_values: "elsewhere" })).id_token ?? "",
    );
    expect(wished.acr).toBe("urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport");
    expect(wished.amr).toContain("pwd");
    expect((await oidc.authorize({ ...oidc.usual(app.clientId), claims: "{" })).headers.location).toContain(
      "error=invalid_request",
    );
  });

  test("claims that are asked for by themselves come, where they were asked for, and nothing beside them (Core §5.5)", async () => {
    const { oidc, answer } = await prepare();
    const claims = JSON.stringify({
      id_token: { email: null },
      userinfo: { given_name: { essential: true }, unknown: null },
    });
    const given = fragment(await answer({ response_type: "id_token token", scope: "openid", claims }));
    expect(decodeJwt(given.id_token ?? "")).toMatchObject({ email: "ada@example.com" });
    expect(decodeJwt(given.id_token ?? "")).not.toHaveProperty("email_verified");
    const { sub, ...told } = (await oidc.userinfo(given.access_token ?? "")).json();
    expect(told).toEqual({ given_name: "Ada" });
  });

  test("tokens bound to a key never go through the browser, and tokens never through a query", async () => {
    const { oidc, app } = await prepare({ dpopBoundAccessTokens: true });
    const token = await oidc.authorize({ ...oidc.usual(app.clientId), response_type: "id_token token" });
    expect(fragment(token.headers.location ?? "")).toMatchObject({ error: "unauthorized_client" });
    const inQuery = await oidc.authorize({
      ...oidc.usual(app.clientId),
      response_type: "id_token",
      response_mode: "query",
    });
    expect(fragment(inQuery.headers.location ?? "")).toMatchObject({ error: "invalid_request", iss: issuer });
  });
});
