import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { directoryOf, type OidcClient, relyingParty, signInByApi } from "../harness/client.ts";
import { expectConsistent } from "../harness/command.ts";
import { onEachDatabase, type RunningMunot, startMunot } from "../harness/munot.ts";

type House = {
  readonly orgId: string;
  readonly projectId: string;
  readonly appId: string;
  readonly userId: string;
  readonly client: OidcClient;
};
type Way = {
  readonly stop: (house: House) => readonly [method: string, message: object];
  readonly resume?: (house: House) => readonly [method: string, message: object];
};

const app = ({ projectId, appId }: House) => ({ projectId, id: appId });
const ways: Readonly<Record<string, Way>> = {
  "a deactivated application": {
    stop: (house) => ["app.v2beta.AppService/DeactivateApplication", app(house)],
    resume: (house) => ["app.v2beta.AppService/ReactivateApplication", app(house)],
  },
  "a deleted application": { stop: (house) => ["app.v2beta.AppService/DeleteApplication", app(house)] },
  "a deactivated project": {
    stop: ({ projectId }) => ["project.v2beta.ProjectService/DeactivateProject", { id: projectId }],
    resume: ({ projectId }) => ["project.v2beta.ProjectService/ActivateProject", { id: projectId }],
  },
  "a deleted project": {
    stop: ({ projectId }) => ["project.v2beta.ProjectService/DeleteProject", { id: projectId }],
  },
  "a deactivated organization": {
    stop: ({ orgId }) => ["org.v2beta.OrganizationService/DeactivateOrganization", { id: orgId }],
    resume: ({ orgId }) => ["org.v2beta.OrganizationService/ActivateOrganization", { id: orgId }],
  },
  "a deleted organization": {
    stop: ({ orgId }) => ["org.v2beta.OrganizationService/DeleteOrganization", { id: orgId }],
  },
};

onEachDatabase("what hangs on its owner stops with it at once", (database) => {
  let munot: RunningMunot;
  beforeAll(async () => {
    munot = await startMunot({ database });
  });
  afterAll(() => munot?.stop());
  const must = ([method, message]: readonly [string, object]) =>
    directoryOf(munot).must(munot.ownerPat, method, message);

  const build = async (more: object = {}): Promise<House> => {
    const directory = directoryOf(munot);
    const name = `x${randomBytes(6).toString("hex")}`;
    const orgId = await directory.addOrg(name);
    const projectId = await directory.addProject(orgId, name);
    const { appId, ...client } = await directory.addClient(projectId, name, more);
    return { orgId, projectId, appId, client, userId: await directory.addUser(orgId, { userName: name }) };
  };

  describe.each(Object.entries(ways))("%s", (_name, { stop, resume }) => {
    test.each([
      ["opaque", {}],
      ["jwt", { accessTokenType: "OIDC_TOKEN_TYPE_JWT" }],
    ])("%s access tokens, refresh tokens and sign-ins that have begun", async (_kind, more) => {
      const house = await build(more);
      const party = relyingParty(munot.url, house.client);
      const { tokens } = await signInByApi(munot, house.client, house.userId);
      const session = await directoryOf(munot).addSession(house.userId);
      const redeemable = await munotCallback(munot, await party.begin(), session);
      const begun = await party.begin();
      expect((await party.userinfo(tokens.access_token)).status).toBe(200);

      await must(stop(house));
      expect((await party.userinfo(tokens.access_token)).status).toBe(401);
      expect(await party.isActive(tokens.access_token)).not.toBe(true);
      expect((await party.refresh(tokens.refresh_token)).ok).toBe(false);
      await expect(party.redeem(redeemable)).rejects.toThrow(/invalid_/);
      await expect(munotCallback(munot, begun, session)).rejects.toThrow();
      expect(await party.begin()).toBe("");

      if (resume === undefined) return;
      await must(resume(house));
      expect((await party.userinfo(tokens.access_token)).status).toBe(200);
      expect((await party.refresh(tokens.refresh_token)).status).toBe(200);
    });
  });

  test("after an organization all that it owned goes, and its names are free again", async () => {
    const { orgId, projectId, appId, userId } = await build();
    const directory = directoryOf(munot);
    const read = async (method: string, message: object) =>
      (await directory.call(munot.ownerPat, method, message)).code;
    const named = async (method: string, message: object, key: string) =>
      String(Object(Object(await must([method, message]))[key]).name ?? "");
    const name = await named("project.v2beta.ProjectService/GetProject", { id: projectId }, "project");
    await must([
      "project.v2beta.ProjectService/AddProjectRole",
      { projectId, roleKey: "reader", displayName: "Reader" },
    ]);
    await must([
      "org.v2beta.OrganizationService/SetOrganizationMetadata",
      { organizationId: orgId, metadata: [{ key: "plan", value: "Z29sZA==" }] },
    ]);
    await must(["org.v2beta.OrganizationService/DeleteOrganization", { id: orgId }]);
    expect(await read("project.v2beta.ProjectService/GetProject", { id: projectId })).toBe("not_found");
    expect(await read("app.v2beta.AppService/GetApplication", { id: appId })).toBe("not_found");
    await vi.waitFor(async () => expect(await read("user.v2.UserService/GetUserByID", { userId })).toBe("not_found"), {
      timeout: 10_000,
      interval: 50,
    });
    const again = await directory.addOrg(name);
    await directory.addProject(again, name);
    await directory.addUser(again, { userName: name });
    const taken = await directory.call(munot.ownerPat, "org.v2beta.OrganizationService/CreateOrganization", {
      name: `${name}-2`,
      id: orgId,
    });
    expect(taken.code).toBe("already_exists");
  });

  test("a client secret that was replaced proves nothing any more", async () => {
    const house = await build();
    const { tokens } = await signInByApi(munot, house.client, house.userId);
    const { projectId, appId } = house;
    const { clientSecret } = await must([
      "app.v2beta.AppService/RegenerateClientSecret",
      { projectId, applicationId: appId, isOidc: true },
    ]);
    expect((await relyingParty(munot.url, house.client).refresh(tokens.refresh_token)).status).toBe(401);
    const renewed = { ...house.client, clientSecret: String(clientSecret) };
    expect((await relyingParty(munot.url, renewed).refresh(tokens.refresh_token)).status).toBe(200);
  });

  test("after all of it the read tables are what the log says", () => expectConsistent(munot));
});

const munotCallback = async (munot: RunningMunot, authRequestId: string, session: object): Promise<string> => {
  const answer = await directoryOf(munot).must(munot.loginClientPat, "oidc.v2.OIDCService/CreateCallback", {
    authRequestId,
    session,
  });
  return String(answer.callbackUrl);
};
