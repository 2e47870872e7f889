import { expect, test } from "vitest";
import { openOidc } from "../../../../test/harness/oidc.ts";
import { describeOnBothDatabases } from "../../../../test/harness/store.ts";
import { type UserId, userId } from "../../../kernel/ids.ts";
import type { Role } from "../../../kernel/permissions.ts";
import { addAdministrator } from "../../../modules/administrator/add-administrator.ts";
import { setSecurityPolicy } from "../../../modules/settings/set-security-policy.ts";
import { addMachineUser } from "../../../modules/user/add-machine-user.ts";
import { addPersonalAccessToken } from "../../../modules/user/add-personal-access-token.ts";
import { deactivateUser } from "../../../modules/user/deactivate-user.ts";
import { removePersonalAccessToken } from "../../../modules/user/remove-personal-access-token.ts";

type Open = Parameters<typeof openOidc>[0];
type Form = Readonly<Record<string, string>>;

const grantType = "urn:ietf:params:oauth:grant-type:token-exchange";
const access = "urn:ietf:params:oauth:token-type:access_token";
const idToken = "urn:ietf:params:oauth:token-type:id_token";
const jwt = "urn:ietf:params:oauth:token-type:jwt";
const byId = "urn:zitadel:params:oauth:token-type:user_id";

const prepare = async (open: Open) => {
  const oidc = await openOidc(open);
  const config = { authMethod: "basic", grantTypes: ["authorization_code", "refresh_token", grantType] } as const;
  const app = await oidc.addApp("app", { ...config, grantTypes: [...config.grantTypes] });
  const ada = await oidc.addUser("ada");
  const basic = ({ clientId, secret }: { clientId: string; secret: string }) => ({
    authorization: `Basic ${Buffer.from(`${clientId}:${secret}`).toString("base64")}`,
  });
  const signIn = async (user: UserId, scope = "openid profile offline_access") =>
    (
      await oidc.token(
        {
          grant_type: "authorization_code",
          code: (await oidc.signInWith(app.clientId, user, { scope })).code ?? "",
          redirect_uri: "https://app.example.com/callback",
          code_verifier: "a-verifier-of-forty-three-characters-or-more",
        },
        basic(app),
      )
    ).json();
  const exchange = (form: Form, by = app) =>
    oidc.token({ grant_type: grantType, subject_token_type: access, ...form }, basic(by));
  const claimsOf = (token: string) => JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString());
  /** A service account with a personal access token and, where there is one, a role on the instance or an organization. */
  const addRobot = async (name: string, role: Role | null = null) => {
    const ctx = oidc.as(oidc.owner);
    const made = await oidc.run(addMachineUser, ctx, { orgId: oidc.orgId, userName: name, name });
    const id = userId.parse(made.result.userId);
    const pat = await oidc.run(addPersonalAccessToken, ctx, { userId: id, expiresAt: null });
    if (role !== null) {
      await oidc.run(addAdministrator, ctx, {
        userId: id,
        ...(role.startsWith("ORG_")
          ? { level: "org" as const, objectId: oidc.orgId }
          : { level: "instance" as const, objectId: oidc.instanceId }),
        roles: [role],
      });
    }
    return { userId: id, pat: pat.result.token, patId: pat.result.tokenId };
  };
  const allowImpersonation = (enableImpersonation: boolean) =>
    oidc.run(setSecurityPolicy, oidc.as(oidc.owner), {
      embeddedIframe: { enabled: false, allowedOrigins: [] },
      enableImpersonation,
    });
  return { oidc, app, ada, basic, signIn, exchange, claimsOf, addRobot, allowImpersonation };
};

describeOnBothDatabases("token exchange (RFC 8693)", (open) => {
  test("a narrower token of the same subject; what was asked for is said", async () => {
    const { oidc, app, ada, signIn, exchange, claimsOf } = await prepare(open);
    const { access_token } = await signIn(ada);
    const given = (await exchange({ subject_token: access_token, scope: "openid", audience: app.clientId })).json();
    expect(given).toMatchObject({ issued_token_type: access, token_type: "Bearer", scope: "openid" });
    expect(given.access_token).toMatch(/^at_/);
    expect((await oidc.userinfo(given.access_token)).json()).toEqual({ sub: ada });
    const asJwt = (await exchange({ subject_token: access_token, requested_token_type: jwt })).json();
    expect(claimsOf(asJwt.access_token)).toMatchObject({ sub: ada });
    expect(claimsOf(asJwt.access_token)).not.toHaveProperty("act");
    const statement = (
      await exchange({ subject_token: access_token, scope: "openid", requested_token_type: idToken })
    ).json();
    expect(statement).toMatchObject({ issued_token_type: idToken, token_type: "N_A" });
    expect(claimsOf(statement.access_token)).toMatchObject({ sub: ada });
    expect(statement).not.toHaveProperty("refresh_token");
  });

  test("class R: scope, audience and resource only shrink", async () => {
    const { oidc, ada, signIn, exchange } = await prepare(open);
    const { access_token } = await signIn(ada, "openid");
    const zitadel = "urn:zitadel:iam:org:project:id:zitadel:aud";
    for (const scope of ["openid profile", "openid offline_access", `openid ${zitadel}`]) {
      expect((await exchange({ subject_token: access_token, scope })).json(), scope).toMatchObject({
        error: "invalid_scope",
      });
    }
    for (const audience of [oidc.ownProjectId, "https://elsewhere.example"]) {
      expect((await exchange({ subject_token: access_token, audience })).json()).toMatchObject({
        error: "invalid_target",
      });
    }
    const narrow = (await exchange({ subject_token: access_token, audience: oidc.projectId })).json();
    const again = await exchange({ subject_token: narrow.access_token, audience: "291034567890123456" });
    expect(again.json()).toMatchObject({ error: "invalid_target" });
    expect(
      (await exchange({ subject_token: access_token, resource: "https://elsewhere.example" })).json(),
    ).toMatchObject({ error: "invalid_target" });
  });

  test("class R: another client's token is nothing to trade in; nor is one whose client lost the right", async () => {
    const { oidc, ada, basic, signIn, exchange } = await prepare(open);
    const elsewhere = await oidc.addProject("Elsewhere");
    const stranger = await oidc.addApp(
      "stranger",
      { authMethod: "basic", grantTypes: ["authorization_code", grantType] },
      elsewhere,
    );
    const { access_token, id_token } = await signIn(ada);
    for (const form of [{ subject_token: access_token }, { subject_token: id_token, subject_token_type: idToken }]) {
      expect((await exchange(form, stranger)).json()).toMatchObject({ error: "invalid_request" });
    }
    const plain = await oidc.addApp("plain", { authMethod: "basic" });
    const answer = await oidc.token(
      { grant_type: grantType, subject_token: access_token, subject_token_type: access },
      basic(plain),
    );
    expect(answer.json()).toMatchObject({ error: "unauthorized_client" });
  });

  test("class R: an expired or foreign ID token, a refresh token and nonsense are refused", async () => {
    const { oidc, ada, signIn, exchange } = await prepare(open);
    const { id_token, refresh_token, access_token } = await signIn(ada);
    const given = (await exchange({ subject_token: id_token, subject_token_type: idToken })).json();
    expect(given).toMatchObject({ scope: "openid" });
    expect(
      (await exchange({ subject_token: id_token, subject_token_type: idToken, scope: "openid email" })).json(),
    ).toMatchObject({ error: "invalid_scope" });
    const wrong: readonly Form[] = [
      { subject_token: refresh_token },
      { subject_token: refresh_token, subject_token_type: "urn:ietf:params:oauth:token-type:refresh_token" },
      { subject_token: access_token, subject_token_type: idToken },
      { subject_token: access_token, subject_token_type: jwt },
      { subject_token: id_token },
      { subject_token: id_token, subject_token_type: jwt },
      { subject_token: `${access_token}x` },
      { subject_token: access_token, actor_token: access_token },
      { subject_token: access_token, actor_token_type: access },
      { subject_token: access_token, requested_token_type: "urn:ietf:params:oauth:token-type:refresh_token" },
      { subject_token: ada, subject_token_type: byId },
      {},
    ];
    for (const form of wrong) {
      expect((await exchange(form)).json(), JSON.stringify(form)).toMatchObject({ error: "invalid_request" });
    }
    oidc.pass(12 * 3_600 + 1);
    expect((await exchange({ subject_token: id_token, subject_token_type: idToken })).json()).toMatchObject({
      error: "invalid_request",
    });
  });

  test("with an actor token it is delegation: act names who acts, nested when done again", async () => {
    const { oidc, app, ada, basic, signIn, exchange, claimsOf, addRobot } = await prepare(open);
    const [first, second] = [await addRobot("first"), await addRobot("second")];
    const { access_token } = await signIn(ada);
    const acting = { actor_token: first.pat, actor_token_type: access };
    const once = (await exchange({ subject_token: access_token, ...acting, requested_token_type: jwt })).json();
    expect(claimsOf(once.access_token)).toMatchObject({ sub: ada, act: { sub: first.userId } });
    const twice = (
      await exchange({
        subject_token: once.access_token,
        actor_token: second.pat,
        actor_token_type: access,
        requested_token_type: jwt,
      })
    ).json();
    expect(claimsOf(twice.access_token).act).toMatchObject({ sub: second.userId, act: { sub: first.userId } });
    const api = await oidc.addApi("api");
    const seen = await oidc.post("/oauth/v2/introspect", { token: twice.access_token }, basic(api));
    expect(seen.json()).toMatchObject({ active: true, sub: ada, act: { sub: second.userId } });
    const wider = await exchange({ subject_token: access_token, ...acting, scope: "openid email" });
    expect(wider.json()).toMatchObject({ error: "invalid_scope" });
    const acted = await exchange({
      subject_token: access_token,
      actor_token: twice.access_token,
      actor_token_type: access,
    });
    expect(acted.json()).toMatchObject({ error: "invalid_request" });
    expect(app.clientId).toBe(claimsOf(once.access_token).client_id);
  });

  test("class R: impersonation needs the switch and the role, and for administrators the one for them", async () => {
    const { oidc, ada, exchange, claimsOf, addRobot, allowImpersonation, signIn } = await prepare(open);
    const robots = {
      none: await addRobot("none"),
      owner: await addRobot("owner", "IAM_OWNER"),
      endUser: await addRobot("end-user", "ORG_END_USER_IMPERSONATOR"),
      admin: await addRobot("admin", "IAM_ADMIN_IMPERSONATOR"),
    };
    const impersonate = (robot: { pat: string }, user: string = ada, more: Form = {}) =>
      exchange({
        subject_token: user,
        subject_token_type: byId,
        actor_token: robot.pat,
        actor_token_type: access,
        ...more,
      });
    const denied = { error: "access_denied" };
    expect((await impersonate(robots.admin)).json()).toMatchObject(denied);
    await allowImpersonation(true);
    for (const robot of [robots.none, robots.owner]) expect((await impersonate(robot)).json()).toMatchObject(denied);
    expect((await impersonate(robots.endUser, "291034567890123456")).json()).toMatchObject(denied);
    expect((await impersonate(robots.endUser, robots.owner.userId)).json()).toMatchObject(denied);
    const given = (
      await impersonate(robots.endUser, ada, { scope: "openid profile email", requested_token_type: jwt })
    ).json();
    expect(claimsOf(given.access_token)).toMatchObject({ sub: ada, act: { sub: robots.endUser.userId } });
    expect((await oidc.userinfo(given.access_token)).json()).toMatchObject({ email: "ada@example.com" });
    const ofAdmin = (await impersonate(robots.admin, robots.owner.userId, { requested_token_type: jwt })).json();
    expect(claimsOf(ofAdmin.access_token)).toMatchObject({ sub: robots.owner.userId });
    const { id_token } = await signIn(ada);
    const byStatement = { subject_token: id_token, subject_token_type: idToken, actor_token_type: access };
    expect((await exchange({ ...byStatement, actor_token: robots.none.pat })).json()).toMatchObject(denied);
    expect((await exchange({ ...byStatement, actor_token: robots.endUser.pat })).statusCode).toBe(200);
    const trail = await oidc.db
      .selectFrom("events" as "users")
      .selectAll()
      .where("instance_id", "=", oidc.instanceId)
      .where("type" as "user_id", "=", "user.impersonated")
      .execute();
    expect(trail).toHaveLength(3);
  });

  test("what was exchanged ends with what it came from, at once", async () => {
    const { oidc, app, ada, basic, signIn, exchange, addRobot } = await prepare(open);
    const robot = await addRobot("robot");
    const revoked = await signIn(ada);
    const child = (await exchange({ subject_token: revoked.access_token })).json();
    const grandchild = (await exchange({ subject_token: child.access_token })).json();
    const alive = async (token: string) => (await oidc.userinfo(token)).statusCode;
    expect([await alive(child.access_token), await alive(grandchild.access_token)]).toEqual([200, 200]);
    await oidc.post("/oauth/v2/revoke", { token: revoked.refresh_token }, basic(app));
    expect([await alive(child.access_token), await alive(grandchild.access_token)]).toEqual([401, 401]);

    const acting = { actor_token: robot.pat, actor_token_type: access };
    const { access_token } = await signIn(ada);
    const delegated = (await exchange({ subject_token: access_token, ...acting })).json();
    expect(await alive(delegated.access_token)).toBe(200);
    await oidc.run(removePersonalAccessToken, oidc.as(oidc.owner), { userId: robot.userId, tokenId: robot.patId });
    expect(await alive(delegated.access_token)).toBe(401);

    const other = await addRobot("other");
    const byOther = (
      await exchange({ subject_token: access_token, actor_token: other.pat, actor_token_type: access })
    ).json();
    await oidc.run(deactivateUser, oidc.as(oidc.owner), { userId: other.userId });
    expect(await alive(byOther.access_token)).toBe(401);
    expect(await alive(access_token)).toBe(200);
  });

  test("an exchanged token lives no longer than the one it came from", async () => {
    const { oidc, ada, signIn, exchange } = await prepare(open);
    const { access_token } = await signIn(ada);
    oidc.pass(12 * 3_600 - 60);
    expect((await exchange({ subject_token: access_token })).json()).toMatchObject({ expires_in: 60 });
    oidc.pass(61);
    expect((await exchange({ subject_token: access_token })).json()).toMatchObject({ error: "invalid_request" });
  });
});
