import { decodeJwt } from "jose";
import { expect, test } from "vitest";
import { openOidc, password } from "../../../test/harness/oidc.ts";
import { describeOnBothDatabases } from "../../../test/harness/store.ts";
import { type ProjectId, projectId, type UserId, userId } from "../../kernel/ids.ts";
import { createAuthorization } from "../../modules/authorization/create-authorization.ts";
import { removeAuthorization } from "../../modules/authorization/remove-authorization.ts";
import { addProjectRole } from "../../modules/project/add-project-role.ts";
import { createProject } from "../../modules/project/create-project.ts";
import { deactivateProject } from "../../modules/project/deactivate-project.ts";
import { removeProjectRole } from "../../modules/project/remove-project-role.ts";
import { updateProject } from "../../modules/project/update-project.ts";
import { createSession } from "../../modules/session/create-session.ts";
import { addHumanUser } from "../../modules/user/add-human-user.ts";
import { addMachineUser } from "../../modules/user/add-machine-user.ts";
import { addPersonalAccessToken } from "../../modules/user/add-personal-access-token.ts";

const projectRoles = "urn:zitadel:iam:org:project:roles";
const rolesOf = (id: string) => `urn:zitadel:iam:org:project:${id}:roles`;

const basic = (id: string, secret: string) => ({
  authorization: `Basic ${Buffer.from(`${encodeURIComponent(id)}:${encodeURIComponent(secret)}`).toString("base64")}`,
});

describeOnBothDatabases("roles in tokens", (open) => {
  /** A project with the roles "buyer" and "seller", both given to ada, and another project with "clerk". */
  const openShop = async (app: Parameters<Awaited<ReturnType<typeof openOidc>>["addApp"]>[1] = {}) => {
    const oidc = await openOidc(open);
    const asOwner = () => oidc.as(oidc.owner);
    const addRole = (project: ProjectId, key: string) =>
      oidc.run(addProjectRole, asOwner(), { projectId: project, key, displayName: key });
    const give = async (user: UserId, project: ProjectId, ...roleKeys: string[]) => {
      const { result } = await oidc.run(createAuthorization, asOwner(), { userId: user, projectId: project, roleKeys });
      return result.authorizationId;
    };
    const { result: made } = await oidc.run(createProject, asOwner(), { orgId: oidc.orgId, name: "Office" });
    const office = projectId.parse(made.projectId);
    for (const key of ["buyer", "seller"]) await addRole(oidc.projectId, key);
    await addRole(office, "clerk");
    const client = await oidc.addApp("app", app);
    const ada = await oidc.addUser("ada");
    const shopGrant = await give(ada, oidc.projectId, "buyer", "seller");
    await give(ada, office, "clerk");
    const tokensFor = async (...scopes: string[]) => {
      const { code } = await oidc.signInWith(client.clientId, ada, { scope: ["openid", ...scopes].join(" ") });
      return (await oidc.redeem(client.clientId, code)).json();
    };
    const infoFor = async (...scopes: string[]) =>
      (await oidc.userinfo((await tokensFor(...scopes)).access_token)).json();
    const here = { [oidc.orgId]: "home.id.example.com" };
    return { ...oidc, asOwner, addRole, give, office, client, ada, shopGrant, tokensFor, infoFor, here };
  };

  test("roles are told to who asks: all, some by key, those of every project, or as a plain list", async () => {
    const shop = await openShop();
    const both = { buyer: shop.here, seller: shop.here };
    expect(await shop.infoFor()).toEqual({ sub: shop.ada });
    expect(await shop.infoFor(projectRoles)).toEqual({
      sub: shop.ada,
      [projectRoles]: both,
      [rolesOf(shop.projectId)]: both,
    });
    expect(
      await shop.infoFor("urn:zitadel:iam:org:project:role:buyer", "urn:zitadel:iam:org:project:role:king"),
    ).toEqual({
      sub: shop.ada,
      [projectRoles]: { buyer: shop.here },
      [rolesOf(shop.projectId)]: { buyer: shop.here },
    });
    expect(await shop.infoFor("roles")).toMatchObject({ roles: ["buyer", "seller"], [projectRoles]: both });
    const everywhere = await shop.infoFor(
      "urn:zitadel:iam:org:projects:roles",
      `urn:zitadel:iam:org:project:id:${shop.office}:aud`,
    );
    expect(everywhere).toMatchObject({ [projectRoles]: both, [rolesOf(shop.office)]: { clerk: shop.here } });
  });

  test("roles of other organizations than those asked for are left out", async () => {
    const shop = await openShop();
    const limit = "urn:zitadel:iam:org:roles:id:";
    expect(await shop.infoFor("roles", `${limit}${shop.orgId}`)).toMatchObject({ roles: ["buyer", "seller"] });
    expect(await shop.infoFor("roles", `${limit}elsewhere`)).toEqual({ sub: shop.ada, roles: [] });
  });

  test("a project that asserts roles does so unasked", async () => {
    const shop = await openShop();
    await shop.run(updateProject, shop.asOwner(), { projectId: shop.projectId, roleAssertion: true });
    expect(await shop.infoFor()).toMatchObject({ [projectRoles]: { buyer: shop.here, seller: shop.here } });
  });

  test("tokens hold roles only where the application switched them on", async () => {
    const off = await openShop({ accessTokenType: "jwt" });
    const without = await off.tokensFor("roles");
    expect(decodeJwt(without.id_token)).not.toHaveProperty(projectRoles);
    expect(decodeJwt(without.access_token)).not.toHaveProperty(projectRoles);

    const on = await openShop({ accessTokenType: "jwt", accessTokenRoleAssertion: true, idTokenRoleAssertion: true });
    const both = { buyer: on.here, seller: on.here };
    const tokens = await on.tokensFor();
    expect(decodeJwt(tokens.id_token)).toMatchObject({ sub: on.ada, [projectRoles]: both });
    expect(decodeJwt(tokens.id_token)).not.toHaveProperty("name");
    expect(decodeJwt(tokens.access_token)).toMatchObject({ sub: on.ada, [rolesOf(on.projectId)]: both });
    expect(decodeJwt((await on.tokensFor("roles")).access_token)).toMatchObject({ roles: ["buyer", "seller"] });
  });

  test("a role that is taken away, or whose project is switched off, is told to nobody from that moment", async () => {
    const shop = await openShop();
    const { access_token } = await shop.tokensFor(
      "roles",
      "urn:zitadel:iam:org:projects:roles",
      `urn:zitadel:iam:org:project:id:${shop.office}:aud`,
    );
    const now = async () => (await shop.userinfo(access_token)).json();
    expect((await now()).roles).toEqual(["buyer", "seller"]);
    await shop.run(removeProjectRole, shop.asOwner(), { projectId: shop.projectId, key: "seller" });
    expect((await now()).roles).toEqual(["buyer"]);
    await shop.addRole(shop.projectId, "seller");
    expect((await now()).roles).toEqual(["buyer"]);
    expect(await now()).toHaveProperty([rolesOf(shop.office)]);
    await shop.run(deactivateProject, shop.asOwner(), { projectId: shop.office });
    expect(await now()).not.toHaveProperty([rolesOf(shop.office)]);
    await shop.run(removeAuthorization, shop.asOwner(), { authorizationId: shop.shopGrant });
    expect(await now()).toEqual({ sub: shop.ada, roles: [] });
  });

  test("an API that introspects learns the roles in its own project, also of a personal access token", async () => {
    const shop = await openShop();
    const api = await shop.addApi("api");
    const introspect = async (token: string) =>
      (await shop.post("/oauth/v2/introspect", { token }, basic(api.clientId, api.secret))).json();
    expect(await introspect((await shop.tokensFor()).access_token)).not.toHaveProperty([projectRoles]);
    expect(await introspect((await shop.tokensFor("roles")).access_token)).toMatchObject({
      active: true,
      roles: ["buyer", "seller"],
    });
    const robot = await shop.run(addMachineUser, shop.asOwner(), {
      orgId: shop.orgId,
      userName: "robot",
      name: "Robot",
    });
    const { result: pat } = await shop.run(addPersonalAccessToken, shop.asOwner(), {
      userId: robot.id,
      expiresAt: null,
    });
    await shop.give(userId.parse(robot.id), shop.projectId, "buyer");
    expect(await introspect(pat.token)).toMatchObject({ active: true, [projectRoles]: { buyer: shop.here } });
  });

  test("metadata is told to who asks, in base64url without padding", async () => {
    const shop = await openShop();
    await shop.run(addHumanUser, shop.asOwner(), {
      orgId: shop.orgId,
      userId: userId.parse("grace"),
      userName: "grace",
      givenName: "Grace",
      familyName: "Hopper",
      email: "grace@example.com",
      password: { is: "plain", password },
      metadata: [{ key: "desk", value: Buffer.from([0xfb, 0xff, 1, 2]).toString("base64") }],
    });
    const infoOf = async (scope: string) => {
      const { code } = await shop.signInWith(shop.client.clientId, userId.parse("grace"), { scope });
      return (await shop.userinfo((await shop.redeem(shop.client.clientId, code)).json().access_token)).json();
    };
    expect(await infoOf("openid urn:zitadel:iam:user:metadata")).toEqual({
      sub: "grace",
      "urn:zitadel:iam:user:metadata": { desk: "-_8BAg" },
    });
    expect(await infoOf("openid")).toEqual({ sub: "grace" });
  });

  test("a project that asks for an authorization lets in only who has a role that counts", async () => {
    const shop = await openShop();
    const eve = await shop.addUser("eve");
    const signIn = (user: UserId) => shop.signInWith(shop.client.clientId, user);
    await signIn(eve);
    await shop.run(updateProject, shop.asOwner(), { projectId: shop.projectId, authorizationRequired: true });
    const refusal = { code: "auth_request.user_not_authorized" };
    await expect(signIn(eve)).rejects.toMatchObject(refusal);
    await signIn(shop.ada);
    await shop.give(eve, shop.projectId, "buyer");
    await signIn(eve);
    await shop.run(removeProjectRole, shop.asOwner(), { projectId: shop.projectId, key: "buyer" });
    await expect(signIn(eve)).rejects.toMatchObject(refusal);
    await signIn(shop.ada);

    const usual = shop.usual(shop.client.clientId);
    const cookie = String((await shop.authorize(usual)).headers["set-cookie"]).split(";")[0] ?? "";
    await shop.run(createSession, shop.as(shop.login), {
      checks: { user: { userId: eve }, password: { password } },
      userAgent: {
        fingerprintId: shop.browsers.read({ headers: { cookie } }),
        ip: null,
        description: null,
        header: {},
      },
    });
    const silently = await shop.authorize({ ...usual, prompt: "none" }, cookie);
    expect(new URL(silently.headers.location ?? "").searchParams.get("error")).toBe("access_denied");
  });
});
