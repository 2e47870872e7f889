import { createPrivateKey } from "node:crypto";
import { importPKCS8, SignJWT } from "jose";
import { expect, test } from "vitest";
import { issuer, openOidc } from "../../../../test/harness/oidc.ts";
import { describeOnBothDatabases } from "../../../../test/harness/store.ts";
import { orgId, userId } from "../../../kernel/ids.ts";
import { addSeconds, epochSeconds } from "../../../kernel/time.ts";
import { clientSettings } from "../../../modules/application/client-settings.events.ts";
import { setClientSettings } from "../../../modules/application/set-client-settings.ts";
import { deactivateOrganization } from "../../../modules/org/deactivate-organization.ts";
import { addKey } from "../../../modules/user/add-key.ts";
import { addMachineUser } from "../../../modules/user/add-machine-user.ts";
import { addSecret } from "../../../modules/user/add-secret.ts";
import { deactivateUser } from "../../../modules/user/deactivate-user.ts";
import { removeKey } from "../../../modules/user/remove-key.ts";
import { removeSecret } from "../../../modules/user/remove-secret.ts";

type Oidc = Awaited<ReturnType<typeof openOidc>>;
type Open = Parameters<typeof openOidc>[0];

const jwtBearer = "urn:ietf:params:oauth:grant-type:jwt-bearer";
const invalidGrant = { error: "invalid_grant" };

const basic = (name: string, secret: string) => ({
  authorization: `Basic ${Buffer.from(`${encodeURIComponent(name)}:${encodeURIComponent(secret)}`).toString("base64")}`,
});

const addAccount = async (oidc: Oidc, userName: string, accessTokenType: "bearer" | "jwt" = "bearer") => {
  const ctx = oidc.as(oidc.owner);
  const made = await oidc.run(addMachineUser, ctx, { orgId: oidc.orgId, userName, name: userName, accessTokenType });
  const id = userId.parse(made.result.userId);
  const { result } = await oidc.run(addSecret, ctx, { userId: id });
  return { userId: id, secret: result.clientSecret };
};

/** A service account with a key, and what ZITADEL's libraries sign with its key file. */
const addKeyed = async (oidc: Oidc, expiresInSeconds: number | null = null) => {
  const account = await addAccount(oidc, "robot");
  const ctx = oidc.as(oidc.owner);
  const { result } = await oidc.run(addKey, ctx, {
    userId: account.userId,
    expiresAt: expiresInSeconds === null ? null : addSeconds(ctx.now, expiresInSeconds),
    publicKey: null,
  });
  const pem = createPrivateKey(result.privatePem ?? "").export({ type: "pkcs8", format: "pem" });
  const key = await importPKCS8(String(pem), "RS256");
  const seconds = (): number => epochSeconds(oidc.as(oidc.owner).now);
  const assertion = (claims: Readonly<Record<string, unknown>> = {}, header: Readonly<Record<string, string>> = {}) =>
    new SignJWT({
      iss: account.userId,
      sub: account.userId,
      aud: issuer,
      iat: seconds(),
      exp: seconds() + 3_600,
      ...claims,
    })
      .setProtectedHeader({ alg: "RS256", kid: result.keyId, ...header })
      .sign(key);
  const ask = async (signed: string, more: Readonly<Record<string, string>> = {}) =>
    oidc.token({ grant_type: jwtBearer, assertion: signed, scope: "openid", ...more });
  return { ...account, keyId: result.keyId, assertion, ask, seconds };
};

const open = async (openStore: Open) => openOidc(openStore);

describeOnBothDatabases("service accounts and applications that ask for themselves", (openStore) => {
  test("client credentials of a service account, in header or body, give a token that knows it", async () => {
    const oidc = await open(openStore);
    const robot = await addAccount(oidc, "robot");
    const form = { grant_type: "client_credentials", scope: "openid profile offline_access" };
    const answer = await oidc.token(form, basic("robot", robot.secret));
    expect(answer.json()).toMatchObject({ token_type: "Bearer", expires_in: 43_200, scope: "openid profile" });
    expect(answer.json()).not.toHaveProperty("refresh_token");
    // Nobody signed in.
    expect(answer.json()).not.toHaveProperty("id_token");
    const posted = await oidc.token({ ...form, client_id: "robot", client_secret: robot.secret });
    for (const { access_token } of [answer.json(), posted.json()]) {
      expect((await oidc.userinfo(access_token)).json()).toMatchObject({
        sub: robot.userId,
        preferred_username: "robot",
      });
    }
  });

  test("the account chooses what its access tokens are; the audience is what the scope names (RFC 9068 §2.2)", async () => {
    const oidc = await open(openStore);
    const robot = await addAccount(oidc, "robot", "jwt");
    const zitadel = "urn:zitadel:iam:org:project:id:zitadel:aud";
    const { access_token } = (
      await oidc.token({ grant_type: "client_credentials", scope: zitadel }, basic("robot", robot.secret))
    ).json();
    const claims = JSON.parse(Buffer.from(access_token.split(".")[1], "base64url").toString());
    expect(claims).toMatchObject({ iss: issuer, sub: robot.userId, scope: zitadel });
    expect(claims.aud).toContain(oidc.ownProjectId);
    expect(claims).not.toHaveProperty("client_id");
    const plain = (await oidc.token({ grant_type: "client_credentials" }, basic("robot", robot.secret))).json();
    expect(JSON.parse(Buffer.from(plain.access_token.split(".")[1], "base64url").toString()).aud).toEqual([issuer]);
  });

  test("wrong, removed and foreign secrets are refused alike", async () => {
    const oidc = await open(openStore);
    const robot = await addAccount(oidc, "robot");
    const other = await addAccount(oidc, "other");
    const form = { grant_type: "client_credentials" };
    for (const headers of [basic("robot", other.secret), basic("nobody", robot.secret), basic("robot", "x")]) {
      const answer = await oidc.token(form, headers);
      expect([answer.statusCode, answer.json().error]).toEqual([401, "invalid_client"]);
    }
    await oidc.run(removeSecret, oidc.as(oidc.owner), { userId: robot.userId });
    expect((await oidc.token(form, basic("robot", robot.secret))).statusCode).toBe(401);
  });

  test("a deactivated account gets nothing, and what it has stops at once", async () => {
    const oidc = await open(openStore);
    const robot = await addKeyed(oidc);
    const given = (await robot.ask(await robot.assertion())).json();
    expect((await oidc.userinfo(given.access_token)).statusCode).toBe(200);
    await oidc.run(deactivateUser, oidc.as(oidc.owner), { userId: robot.userId });
    expect((await oidc.userinfo(given.access_token)).statusCode).toBe(401);
    expect((await robot.ask(await robot.assertion({ jti: "2" }))).json()).toMatchObject(invalidGrant);
    expect((await oidc.token({ grant_type: "client_credentials" }, basic("robot", robot.secret))).json()).toMatchObject(
      { error: "invalid_client" },
    );
  });

  test("an account of a deactivated organization gets nothing", async () => {
    const oidc = await open(openStore);
    const robot = await addKeyed(oidc);
    await oidc.run(deactivateOrganization, oidc.as(oidc.owner), { orgId: orgId.parse(oidc.orgId) });
    expect((await robot.ask(await robot.assertion())).json()).toMatchObject(invalidGrant);
    expect((await oidc.token({ grant_type: "client_credentials" }, basic("robot", robot.secret))).statusCode).toBe(401);
  });

  test("an application asks for itself once it may: it is the subject, and no person (RFC 9068 §2.2)", async () => {
    const oidc = await open(openStore);
    const app = await oidc.addApp("app", { authMethod: "basic", accessTokenType: "jwt" });
    const form = { grant_type: "client_credentials", scope: "openid profile" };
    const headers = basic(app.clientId, app.secret);
    expect((await oidc.token(form, headers)).json()).toMatchObject({ error: "unauthorized_client" });
    await oidc.run(setClientSettings, oidc.as(oidc.owner), {
      projectId: oidc.projectId,
      applicationId: app.applicationId,
      settings: clientSettings.parse({ additionalGrantTypes: ["client_credentials"] }),
    });
    const given = (await oidc.token(form, headers)).json();
    expect(given).not.toHaveProperty("id_token");
    const claims = JSON.parse(Buffer.from(given.access_token.split(".")[1], "base64url").toString());
    expect(claims).toMatchObject({ sub: app.clientId, client_id: app.clientId });
    expect((await oidc.userinfo(given.access_token)).statusCode).toBe(403);
    const api = await oidc.addApi("api");
    const seen = await oidc.post(
      "/oauth/v2/introspect",
      { token: given.access_token },
      basic(api.clientId, api.secret),
    );
    expect(seen.json()).toMatchObject({ active: true, sub: app.clientId, client_id: app.clientId });
    expect(seen.json()).not.toHaveProperty("username");
  });

  test("a signed assertion gives a token (RFC 7523 §2.1); a second use and every flaw is refused", async () => {
    const oidc = await open(openStore);
    const robot = await addKeyed(oidc);
    const withId = await robot.assertion({ jti: "1" });
    expect((await robot.ask(withId)).json()).toMatchObject({ token_type: "Bearer", scope: "openid" });
    expect((await robot.ask(withId)).json()).toMatchObject(invalidGrant);
    const now = robot.seconds();
    const flawed = [
      await robot.assertion({ aud: "https://elsewhere.example" }),
      await robot.assertion({ aud: [issuer, "https://elsewhere.example"] }),
      await robot.assertion({ sub: "291034567890123456" }),
      await robot.assertion({ exp: now - 60 }),
      await robot.assertion({ exp: now + 7_200 }),
      await robot.assertion({ iat: now - 3_700, exp: now + 60 }),
      await robot.assertion({ iat: now + 600 }),
      await robot.assertion({}, { kid: "another" }),
      `${await robot.assertion()}x`,
      "no.jwt.at-all",
      "",
    ];
    for (const one of flawed) {
      const answer = await robot.ask(one);
      expect(answer.statusCode, one).toBe(400);
    }
  });

  test("equal assertions of processes that start together work, later ones of the same text do not", async () => {
    const oidc = await open(openStore);
    const robot = await addKeyed(oidc);
    const signed = await robot.assertion();
    const [one, other] = await Promise.all([robot.ask(signed), robot.ask(signed)]);
    expect([one.statusCode, other.statusCode]).toEqual([200, 200]);
    oidc.pass(30);
    expect((await robot.ask(signed)).json()).toMatchObject(invalidGrant);
  });

  test("expired and removed keys open nothing", async () => {
    const oidc = await open(openStore);
    const robot = await addKeyed(oidc, 60);
    expect((await robot.ask(await robot.assertion({ jti: "1" }))).statusCode).toBe(200);
    oidc.pass(61);
    expect((await robot.ask(await robot.assertion({ jti: "2" }))).json()).toMatchObject(invalidGrant);
    const lasting = await addKeyed(await open(openStore));
    expect((await lasting.ask(await lasting.assertion({ jti: "1" }))).statusCode).toBe(200);
  });

  test("a removed key opens nothing", async () => {
    const oidc = await open(openStore);
    const robot = await addKeyed(oidc);
    await oidc.run(removeKey, oidc.as(oidc.owner), { userId: robot.userId, keyId: robot.keyId });
    expect((await robot.ask(await robot.assertion())).json()).toMatchObject(invalidGrant);
  });
});
