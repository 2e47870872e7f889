import * as oidc from "openid-client";
import { afterAll, beforeAll, expect, test } from "vitest";
import { munotApi } from "../../../examples/demo/munot-api.ts";
import { onEachDatabase, type RunningMunot, startMunot } from "../../harness/munot.ts";

const password = "Rheinfall-1589!";
const origin = "http://localhost:9";

onEachDatabase("openid-client as relying party", (database) => {
  let munot: RunningMunot;
  let config: oidc.Configuration;
  let userId: string;

  const call = async (method: string, message: object): Promise<Record<string, unknown>> => {
    const answer = await fetch(`${munot.url}/${method}`, {
      method: "POST",
      headers: { authorization: `Bearer ${munot.loginClientPat}`, "content-type": "application/json" },
      body: JSON.stringify(message),
    });
    // The answer of a Connect call in JSON is an object.
    const body = (await answer.json()) as Record<string, unknown>;
    if (!answer.ok) throw new Error(`${method}: ${answer.status} ${JSON.stringify(body)}`);
    return body;
  };

  /** One whole sign-in, as a login built on the API does it; gives what the client is given. */
  const signIn = async () => {
    const verifier = oidc.randomPKCECodeVerifier();
    const [state, nonce] = [oidc.randomState(), oidc.randomNonce()];
    const begin = oidc.buildAuthorizationUrl(config, {
      redirect_uri: `${origin}/callback`,
      scope: "openid profile email offline_access",
      code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
      code_challenge_method: "S256",
      state,
      nonce,
    });
    const begun = await fetch(begin, { redirect: "manual" });
    const authRequestId = new URL(begun.headers.get("location") ?? "", munot.url).searchParams.get("authRequest");
    const session = await call("zitadel.session.v2.SessionService/CreateSession", {
      checks: { user: { userId }, password: { password } },
    });
    const { callbackUrl } = await call("zitadel.oidc.v2.OIDCService/CreateCallback", {
      authRequestId,
      session: { sessionId: session.sessionId, sessionToken: session.sessionToken },
    });
    const url = new URL(String(callbackUrl));
    const checks = { pkceCodeVerifier: verifier, expectedState: state, expectedNonce: nonce, idTokenExpected: true };
    return {
      url,
      checks,
      tokens: await oidc.authorizationCodeGrant(config, url, checks),
      sessionId: session.sessionId,
    };
  };

  beforeAll(async () => {
    munot = await startMunot({ database });
    const api = munotApi(munot.url, munot.ownerPat);
    const organizationId = await api.addOrganization("Acme");
    const added = await api.addUser(organizationId, {
      userName: "ada",
      givenName: "Ada",
      familyName: "Lovelace",
      email: "ada@acme.example",
      password,
    });
    userId = String(added.userId);
    const client = await api.addWebApplication(await api.addProject(organizationId, "Notes"), "Notes", origin);
    config = await oidc.discovery(new URL(munot.url), client.clientId, client.clientSecret, undefined, {
      execute: [oidc.allowInsecureRequests],
    });
  });
  afterAll(() => munot?.stop());

  test("signs in, reads userinfo, refreshes, introspects", async () => {
    const { tokens } = await signIn();
    expect(tokens.claims()).toMatchObject({ sub: userId, iss: munot.url, amr: ["password", "pwd"] });
    const info = await oidc.fetchUserInfo(config, tokens.access_token, userId);
    expect(info).toMatchObject({ name: "Ada Lovelace", email: "ada@acme.example", email_verified: true });
    const renewed = await oidc.refreshTokenGrant(config, tokens.refresh_token ?? "");
    expect(renewed.refresh_token).not.toBe(tokens.refresh_token);
    expect(await oidc.tokenIntrospection(config, renewed.access_token)).toMatchObject({ active: true, sub: userId });
  });

  test("a replayed code is refused, and what it gave is revoked", async () => {
    const { url, checks, tokens } = await signIn();
    await expect(oidc.authorizationCodeGrant(config, url, checks)).rejects.toMatchObject({ error: "invalid_grant" });
    expect(await oidc.tokenIntrospection(config, tokens.access_token)).toEqual({ active: false });
  });

  test("a replayed refresh token revokes its whole family", async () => {
    const { tokens } = await signIn();
    const renewed = await oidc.refreshTokenGrant(config, tokens.refresh_token ?? "");
    await expect(oidc.refreshTokenGrant(config, tokens.refresh_token ?? "")).rejects.toMatchObject({
      error: "invalid_grant",
    });
    await expect(oidc.refreshTokenGrant(config, renewed.refresh_token ?? "")).rejects.toMatchObject({
      error: "invalid_grant",
    });
    expect(await oidc.tokenIntrospection(config, renewed.access_token)).toEqual({ active: false });
  });

  test("revoking an access token leaves the grant, revoking the refresh token ends it", async () => {
    const { tokens } = await signIn();
    await oidc.tokenRevocation(config, tokens.access_token);
    expect(await oidc.tokenIntrospection(config, tokens.access_token)).toEqual({ active: false });
    const renewed = await oidc.refreshTokenGrant(config, tokens.refresh_token ?? "");
    await oidc.tokenRevocation(config, renewed.refresh_token ?? "");
    expect(await oidc.tokenIntrospection(config, renewed.access_token)).toEqual({ active: false });
  });

  test("signing out by RP-initiated logout ends the session and its tokens", async () => {
    const { tokens } = await signIn();
    const url = oidc.buildEndSessionUrl(config, {
      id_token_hint: tokens.id_token ?? "",
      post_logout_redirect_uri: `${origin}/`,
      state: "bye",
    });
    const answer = await fetch(url, { redirect: "manual" });
    expect([answer.status, answer.headers.get("location")]).toEqual([303, `${origin}/?state=bye`]);
    expect(await oidc.tokenIntrospection(config, tokens.access_token)).toEqual({ active: false });
    await expect(oidc.refreshTokenGrant(config, tokens.refresh_token ?? "")).rejects.toMatchObject({
      error: "invalid_grant",
    });
  });
});
