import { createLocalJWKSet, decodeJwt, decodeProtectedHeader, jwtVerify } from "jose";
import { expect, test } from "vitest";
import { issuer, openOidc, password, redirectUri } from "../../../test/harness/oidc.ts";
import { describeOnBothDatabases } from "../../../test/harness/store.ts";
import { webKeyId } from "../../kernel/ids.ts";
import { addOrganization } from "../../modules/org/add-organization.ts";
import { createSession } from "../../modules/session/create-session.ts";
import { activateWebKey } from "../../modules/web-key/activate-web-key.ts";
import { generateWebKey } from "../../modules/web-key/generate-web-key.ts";
import { halfHash } from "../../platform/crypto/oauth.ts";

const basic = (id: string, secret: string) => ({
  authorization: `Basic ${Buffer.from(`${encodeURIComponent(id)}:${encodeURIComponent(secret)}`).toString("base64")}`,
});

describeOnBothDatabases("the OpenID Connect endpoints", (open) => {
  test("discovery names what is built, under the issuer of the instance and not of the request", async () => {
    const oidc = await openOidc(open);
    const answer = await oidc.app.inject({
      url: "/.well-known/openid-configuration",
      headers: { host: "evil.example", origin: "https://any.example" },
    });
    expect(answer.headers["access-control-allow-origin"]).toBe("*");
    expect(answer.json()).toMatchObject({
      issuer,
      token_endpoint: `${issuer}/oauth/v2/token`,
      grant_types_supported: expect.arrayContaining(["authorization_code", "refresh_token", "implicit"]),
      code_challenge_methods_supported: ["S256"],
      authorization_response_iss_parameter_supported: true,
    });
    expect(answer.body).not.toContain("evil.example");
  });

  test("the ID token is signed by the active key and says who, for whom and when (OpenID Connect Core §2)", async () => {
    const oidc = await openOidc(open);
    const [app, ada] = [await oidc.addApp("app"), await oidc.addUser("ada")];
    const { code, sessionId } = await oidc.signInWith(app.clientId, ada);
    const tokens = (await oidc.redeem(app.clientId, code)).json();
    const jwks = await oidc.app.inject({ url: "/oauth/v2/keys" });
    expect(jwks.headers["cache-control"]).toContain("max-age=300");
    expect(jwks.body).not.toMatch(/"(d|p|q|dp|dq|qi)":/);
    const { payload } = await jwtVerify(tokens.id_token, createLocalJWKSet(jwks.json()), {
      issuer,
      audience: app.clientId,
      currentDate: new Date(oidc.as(oidc.login).now / 1_000),
    });
    expect(payload).toMatchObject({
      sub: ada,
      azp: app.clientId,
      nonce: "the-nonce",
      sid: sessionId,
      amr: ["password", "pwd"],
      at_hash: halfHash("RS256", tokens.access_token),
    });
    expect(payload.exp).toBe((payload.iat ?? 0) + 43_200);
    expect(payload).not.toHaveProperty("email");
  });

  test("a new key is published before it signs, and the old one stays published", async () => {
    const oidc = await openOidc(open);
    const [app, ada] = [await oidc.addApp("app"), await oidc.addUser("ada")];
    const next = webKeyId.parse("key-2");
    await oidc.run(generateWebKey, oidc.as(oidc.owner), { keyId: next });
    const kidOf = async () => {
      const { code } = await oidc.signInWith(app.clientId, ada);
      return decodeProtectedHeader((await oidc.redeem(app.clientId, code)).json().id_token).kid;
    };
    const published = async () =>
      (await oidc.app.inject({ url: "/oauth/v2/keys" })).json().keys.map((key: { kid: string }) => key.kid);
    expect(await published()).toEqual(["key-1", "key-2"]);
    expect(await kidOf()).toBe("key-1");
    await oidc.run(activateWebKey, oidc.as(oidc.owner), { keyId: next, replaces: webKeyId.parse("key-1") });
    expect(await kidOf()).toBe("key-2");
    expect(await published()).toEqual(["key-2", "key-1"]);
  });

  test("a JWT access token is an RFC 9068 one, and as revocable as an opaque one", async () => {
    const oidc = await openOidc(open);
    const [app, api, ada] = [
      await oidc.addApp("app", { accessTokenType: "jwt" }),
      await oidc.addApi("api"),
      await oidc.addUser("ada"),
    ];
    const { code } = await oidc.signInWith(app.clientId, ada);
    const { access_token } = (await oidc.redeem(app.clientId, code)).json();
    expect(decodeProtectedHeader(access_token)).toMatchObject({ typ: "at+jwt", alg: "RS256" });
    expect(decodeJwt(access_token)).toMatchObject({ iss: issuer, sub: ada, client_id: app.clientId });
    const introspect = () =>
      oidc.post("/oauth/v2/introspect", { token: access_token }, basic(api.clientId, api.secret));
    expect((await introspect()).json()).toMatchObject({ active: true });
    expect((await oidc.userinfo(access_token)).statusCode).toBe(200);
    await oidc.post("/oauth/v2/revoke", { token: access_token, client_id: app.clientId });
    expect((await introspect()).json()).toEqual({ active: false });
    expect((await oidc.userinfo(access_token)).statusCode).toBe(401);
  });

  test("introspection tells APIs of the token's audience what it is, and others nothing (RFC 7662 §2.2)", async () => {
    const oidc = await openOidc(open);
    const [app, api, ada] = [await oidc.addApp("app"), await oidc.addApi("api"), await oidc.addUser("ada")];
    const tokens = (await oidc.redeem(app.clientId, (await oidc.signInWith(app.clientId, ada)).code)).json();
    const introspect = (token: string, headers: Readonly<Record<string, string>>) =>
      oidc.post("/oauth/v2/introspect", { token }, headers);
    const right = basic(api.clientId, api.secret);
    const answer = await introspect(tokens.access_token, right);
    expect(answer.json()).toMatchObject({
      active: true,
      sub: ada,
      client_id: app.clientId,
      username: "ada",
      iss: issuer,
    });
    expect(answer.json().aud).toContain(api.clientId);

    const wrong = await introspect(tokens.access_token, basic(api.clientId, "wrong"));
    expect([wrong.statusCode, wrong.json().error]).toEqual([401, "invalid_client"]);
    expect(wrong.headers["www-authenticate"]).toMatch(/^Basic /);
    const anonymous = await oidc.post("/oauth/v2/introspect", { token: tokens.access_token, client_id: app.clientId });
    expect(anonymous.statusCode).toBe(401);
    expect((await introspect(tokens.refresh_token, right)).json()).toEqual({ active: false });
    oidc.pass(43_201);
    expect((await introspect(tokens.access_token, right)).json()).toEqual({ active: false });
  });

  test("a scope that names an organization lets only its users in, and asserts it (GHSA-g2pf-ww5m-2r9m)", async () => {
    const oidc = await openOidc(open);
    const [app, ada] = [await oidc.addApp("app"), await oidc.addUser("ada")];
    const { result: other } = await oidc.run(addOrganization, oidc.as(oidc.owner), { name: "Other" });
    const scopeOf = (org: string) => ({ scope: `openid urn:zitadel:iam:org:id:${org}` });
    await expect(oidc.signInWith(app.clientId, ada, scopeOf(other.orgId))).rejects.toMatchObject({
      code: "auth_request.user_not_allowed",
    });
    const { code } = await oidc.signInWith(app.clientId, ada, scopeOf(oidc.orgId));
    const { access_token } = (await oidc.redeem(app.clientId, code)).json();
    expect((await oidc.userinfo(access_token)).json()).toMatchObject({
      "urn:zitadel:iam:org:id": oidc.orgId,
      "urn:zitadel:iam:user:resourceowner:id": oidc.orgId,
      "urn:zitadel:iam:user:resourceowner:name": "Home",
    });
  });

  test("the ID token carries the user's claims when the application asks for that, and only then", async () => {
    const oidc = await openOidc(open);
    const [app, ada] = [await oidc.addApp("app", { idTokenUserinfoAssertion: true }), await oidc.addUser("ada")];
    const { code } = await oidc.signInWith(app.clientId, ada);
    const { id_token } = (await oidc.redeem(app.clientId, code)).json();
    expect(decodeJwt(id_token)).toMatchObject({ email: "ada@example.com", given_name: "Ada", sub: ada });
  });

  test("a changed, cut or longer token is no token", async () => {
    const oidc = await openOidc(open);
    const [app, ada] = [await oidc.addApp("app"), await oidc.addUser("ada")];
    const { access_token: good } = (
      await oidc.redeem(app.clientId, (await oidc.signInWith(app.clientId, ada)).code)
    ).json();
    const flipped = (at: number) => `${good.slice(0, at)}${good[at] === "A" ? "B" : "A"}${good.slice(at + 1)}`;
    const bad = [good.slice(0, -1), `${good}A`, `${good}=`, ...[5, 15, 25, 40, good.length - 1].map(flipped)];
    for (const token of bad) expect((await oidc.userinfo(token)).statusCode, token).toBe(401);
    expect((await oidc.userinfo(good)).statusCode).toBe(200);
  });

  test("a client revokes its own tokens: a refresh token with its grant, none of another client's (RFC 7009 §2.1)", async () => {
    const oidc = await openOidc(open);
    const [app, other, ada] = [await oidc.addApp("app"), await oidc.addApp("other"), await oidc.addUser("ada")];
    const tokens = (await oidc.redeem(app.clientId, (await oidc.signInWith(app.clientId, ada)).code)).json();
    const revoke = (token: string, client: string) => oidc.post("/oauth/v2/revoke", { token, client_id: client });
    expect((await revoke(tokens.refresh_token, other.clientId)).statusCode).toBe(400);
    expect((await oidc.userinfo(tokens.access_token)).statusCode).toBe(200);
    expect((await revoke("at_unknown", app.clientId)).statusCode).toBe(200);
    expect((await revoke(tokens.refresh_token, app.clientId)).statusCode).toBe(200);
    expect((await oidc.userinfo(tokens.access_token)).statusCode).toBe(401);
    expect((await oidc.refresh(app.clientId, tokens.refresh_token)).json()).toMatchObject({ error: "invalid_grant" });
  });

  test("a secret may come in the header or the body, not in both, and must be right (RFC 6749 §2.3.1)", async () => {
    const oidc = await openOidc(open);
    const [app, ada] = [await oidc.addApp("app", { authMethod: "basic" }), await oidc.addUser("ada")];
    const form = async () => ({
      grant_type: "authorization_code",
      code: (await oidc.signInWith(app.clientId, ada)).code,
      redirect_uri: redirectUri,
      code_verifier: "a-verifier-of-forty-three-characters-or-more",
    });
    const inBody = { client_id: app.clientId, client_secret: app.secret };
    expect((await oidc.token(await form(), basic(app.clientId, app.secret))).statusCode).toBe(200);
    expect((await oidc.token({ ...(await form()), ...inBody })).statusCode).toBe(200);
    const both = await oidc.token({ ...(await form()), ...inBody }, basic(app.clientId, app.secret));
    expect(both.json()).toMatchObject({ error: "invalid_request" });
    for (const wrong of [
      await oidc.token({ ...(await form()), client_id: app.clientId }),
      await oidc.token(await form(), basic(app.clientId, "x")),
      await oidc.token(await form(), { authorization: "Basic !" }),
    ]) {
      expect([wrong.statusCode, wrong.json().error]).toEqual([401, "invalid_client"]);
    }
  });

  test("scripts read answers from the application's origins only", async () => {
    const oidc = await openOidc(open);
    const [app, ada] = [await oidc.addApp("app"), await oidc.addUser("ada")];
    const { access_token } = (await oidc.redeem(app.clientId, (await oidc.signInWith(app.clientId, ada)).code)).json();
    const from = (origin: string) =>
      oidc.app.inject({ url: "/oidc/v1/userinfo", headers: { origin, authorization: `Bearer ${access_token}` } });
    const allowed = "access-control-allow-origin";
    expect((await from("https://app.example.com")).headers[allowed]).toBe("https://app.example.com");
    expect((await from("https://evil.example")).headers[allowed]).toBeUndefined();
    const preflight = await oidc.app.inject({
      method: "OPTIONS",
      url: "/oauth/v2/token",
      headers: { origin: "https://app.example.com", "access-control-request-method": "POST" },
    });
    expect([preflight.statusCode, preflight.headers[allowed]]).toEqual([204, "https://app.example.com"]);
  });

  test("a hint of an old ID token signs the user out and goes back to the application (RP-Initiated Logout §2)", async () => {
    const oidc = await openOidc(open);
    const [app, ada] = [await oidc.addApp("app"), await oidc.addUser("ada")];
    const tokens = (await oidc.redeem(app.clientId, (await oidc.signInWith(app.clientId, ada)).code)).json();
    oidc.pass(50_000);
    const renewed = (await oidc.refresh(app.clientId, tokens.refresh_token)).json();
    const query = {
      id_token_hint: tokens.id_token,
      post_logout_redirect_uri: "https://app.example.com/bye",
      state: "s t",
    };
    const answer = await oidc.app.inject({ url: "/oidc/v1/end_session", query });
    expect([answer.statusCode, answer.headers.location]).toEqual([303, "https://app.example.com/bye?state=s%20t"]);
    expect((await oidc.userinfo(renewed.access_token)).statusCode).toBe(401);
    const elsewhere = await oidc.app.inject({
      url: "/oidc/v1/end_session",
      query: { ...query, post_logout_redirect_uri: "https://evil.example/" },
    });
    expect([elsewhere.body, elsewhere.headers.location]).toEqual(["page: signOut", undefined]);
    const forged = await oidc.app.inject({
      url: "/oidc/v1/end_session",
      query: { id_token_hint: `${tokens.id_token.slice(0, -3)}AAA` },
    });
    expect(forged.body).toBe("page: signOut");
  });

  test("without a hint a signed-in person is asked first: any site could have sent the browser", async () => {
    const oidc = await openOidc(open);
    const [app, ada] = [await oidc.addApp("app"), await oidc.addUser("ada")];
    const cookie = String((await oidc.authorize(oidc.usual(app.clientId))).headers["set-cookie"]).split(";")[0] ?? "";
    const query = { client_id: app.clientId, post_logout_redirect_uri: "https://app.example.com/bye" };
    const signOut = () => oidc.app.inject({ url: "/oidc/v1/end_session", query, headers: { cookie } });
    expect((await signOut()).headers.location).toBe("https://app.example.com/bye");
    await oidc.run(createSession, oidc.as(oidc.login), {
      checks: { user: { userId: ada }, password: { password } },
      userAgent: {
        fingerprintId: oidc.browsers.read({ headers: { cookie } }),
        ip: null,
        description: null,
        header: {},
      },
    });
    const asked = new URL((await signOut()).headers.location ?? "", issuer);
    expect(asked.pathname).toBe("/ui/login/sign-out");
    expect(asked.searchParams.get("next")).toBe(`/oidc/v1/end_session?${new URLSearchParams(query)}`);
  });

  test("what is no form, or says things twice, is refused", async () => {
    const oidc = await openOidc(open);
    const json = await oidc.app.inject({ method: "POST", url: "/oauth/v2/token", payload: { grant_type: "x" } });
    expect([json.statusCode, json.json().error]).toEqual([400, "invalid_request"]);
    const twice = await oidc.app.inject({
      method: "POST",
      url: "/oauth/v2/token",
      payload: "grant_type=authorization_code&grant_type=authorization_code",
      headers: { "content-type": "application/x-www-form-urlencoded" },
    });
    expect(twice.json()).toMatchObject({ error: "invalid_request" });
    expect((await oidc.token({ grant_type: "password" })).json()).toMatchObject({ error: "unsupported_grant_type" });
  });
});
