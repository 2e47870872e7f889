import { decodeJwt } from "jose";
import { afterAll, beforeAll, expect, test } from "vitest";
import { browserOf, directoryOf, type OidcClient, relyingParty, testPassword } from "../../harness/client.ts";
import { onEachDatabase, type RunningMunot, startMunot } from "../../harness/munot.ts";

onEachDatabase("an application whose users need a role", (database) => {
  let munot: RunningMunot;
  let client: OidcClient;
  let projectId: string;
  let userId: string;
  const owner = (method: string, message: object) => directoryOf(munot).must(munot.ownerPat, method, message);

  beforeAll(async () => {
    munot = await startMunot({ database });
    const directory = directoryOf(munot);
    const orgId = await directory.addOrg("Acme");
    projectId = await directory.addProject(orgId, "Shop");
    client = await directory.addClient(projectId, "shop");
    userId = await directory.addUser(orgId, { userName: "ada" });
    await owner("project.v2beta.ProjectService/UpdateProject", {
      id: projectId,
      projectRoleCheck: true,
      projectRoleAssertion: true,
    });
    await owner("project.v2beta.ProjectService/AddProjectRole", { projectId, roleKey: "buyer", displayName: "Buyer" });
  });
  afterAll(() => munot?.stop());

  test("the sign-in page says who has no access; who is given a role gets in, and the application learns it", async () => {
    const party = relyingParty(munot.url, client);
    const signIn = async () => {
      const browser = browserOf(munot.url);
      const begun = await browser.get(party.authorizeUrl({ scope: "openid roles" }));
      const passwordPage = await browser.submit(await browser.get(begun.location ?? ""), { loginName: "ada" });
      return browser.submit(passwordPage, { password: testPassword });
    };
    const stopped = await signIn();
    expect([stopped.status, stopped.location]).toEqual([403, null]);
    expect(stopped.html).toContain("This account has no access");

    const { id } = await owner("authorization.v2beta.AuthorizationService/CreateAuthorization", {
      userId,
      projectId,
      roleKeys: ["buyer"],
    });
    const tokens = await party.redeem((await signIn()).location ?? "");
    expect(decodeJwt(tokens.id_token)).not.toHaveProperty("roles");
    const info = async () => (await party.userinfo(tokens.access_token)).json();
    expect(await info()).toMatchObject({ sub: userId, roles: ["buyer"] });

    await owner("authorization.v2beta.AuthorizationService/DeactivateAuthorization", { id });
    expect(await info()).toEqual({ sub: userId, roles: [] });
    expect((await signIn()).status).toBe(403);
  });

  test("a new signing key is active at once, and tokens of the one before stay valid", async () => {
    const party = relyingParty(munot.url, client);
    await owner("project.v2beta.ProjectService/UpdateProject", { id: projectId, projectRoleCheck: false });
    const { id } = await owner("webkey.v2.WebKeyService/CreateWebKey", { ecdsa: { curve: "ECDSA_CURVE_P256" } });
    await owner("webkey.v2.WebKeyService/ActivateWebKey", { id });
    const { webKeys } = await owner("webkey.v2.WebKeyService/ListWebKeys", {});
    expect(webKeys).toContainEqual(expect.objectContaining({ id, state: "STATE_ACTIVE" }));
    const browser = browserOf(munot.url);
    const begun = await browser.get(party.authorizeUrl({ scope: "openid" }));
    const passwordPage = await browser.submit(await browser.get(begun.location ?? ""), { loginName: "ada" });
    const done = await browser.submit(passwordPage, { password: testPassword });
    const tokens = await party.redeem(done.location ?? "");
    expect(decodeJwt(tokens.id_token)).toMatchObject({ sub: userId });
    const header = JSON.parse(Buffer.from(tokens.id_token.split(".")[0] ?? "", "base64url").toString());
    expect(header).toMatchObject({ alg: "ES256", kid: id });
  });
});
