import { afterAll, beforeAll, expect, test } from "vitest";
import { directoryOf, rpcClient } from "../harness/client.ts";
import { onEachDatabase, type RunningMunot, startMunot } from "../harness/munot.ts";

onEachDatabase("an id that was used is never free again", (database) => {
  let munot: RunningMunot;
  beforeAll(async () => {
    munot = await startMunot({ database });
  });
  afterAll(() => munot?.stop());

  const human = (orgId: string, userId: string, userName: string) => ({
    userId,
    username: userName,
    organization: { orgId },
    profile: { givenName: "Ada", familyName: "Lovelace" },
    email: { email: `${userName}@acme.example`, isVerified: true },
  });

  test("a deleted user's id cannot be given to another, in its own org or in another one", async () => {
    const directory = directoryOf(munot);
    const [first, second] = [await directory.addOrg("First"), await directory.addOrg("Second")];
    const userId = "external-4711";
    const add = (orgId: string, userName: string) =>
      directory.call(munot.ownerPat, "user.v2.UserService/AddHumanUser", human(orgId, userId, userName));
    expect(await add(first, "ada")).toMatchObject({ code: "ok", body: { userId } });
    expect((await add(second, "eve")).code).toBe("already_exists");
    await directory.must(munot.ownerPat, "user.v2.UserService/DeleteUser", { userId });

    for (const orgId of [second, first]) {
      expect((await add(orgId, "eve")).code).toBe("already_exists");
      const machine = { organizationId: orgId, userId, username: "robot", machine: { name: "robot" } };
      expect((await directory.call(munot.ownerPat, "user.v2.UserService/CreateUser", machine)).code).toBe(
        "already_exists",
      );
    }
    const gone = await directory.call(munot.ownerPat, "user.v2.UserService/GetUserByID", { userId });
    expect(gone.code).toBe("not_found");
    // The refused attempts took no name either.
    expect(await directory.addUser(second, { userName: "eve", password: null })).toMatch(/^\d+$/);
    // What the deleted user was called is free for a user with an id of its own.
    expect(await directory.addUser(second, { userName: "ada", password: null })).toMatch(/^\d+$/);
  });

  test("ids of organizations, projects and applications that are in use are refused to others", async () => {
    const directory = directoryOf(munot);
    const { call } = rpcClient(munot.url);
    const ask = async (method: string, message: object) => (await call(munot.ownerPat, method, message)).code;
    const org = (orgId: string, name: string) => ask("org.v2.OrganizationService/AddOrganization", { orgId, name });
    expect([await org("acme-1", "Third"), await org("acme-1", "Fourth")]).toEqual(["ok", "already_exists"]);
    const project = (organizationId: string) =>
      ask("project.v2beta.ProjectService/CreateProject", { organizationId, id: "project-1", name: "Notes" });
    const other = await directory.addOrg("Fifth");
    expect([await project("acme-1"), await project(other)]).toEqual(["ok", "already_exists"]);
    const own = await directory.addProject(other, "Own");
    const application = (projectId: string) =>
      ask("app.v2beta.AppService/CreateApplication", {
        projectId,
        id: "app-1",
        name: "Notes",
        apiRequest: { authMethodType: "API_AUTH_METHOD_TYPE_BASIC" },
      });
    expect([await application("project-1"), await application(own)]).toEqual(["ok", "already_exists"]);
  });
});
