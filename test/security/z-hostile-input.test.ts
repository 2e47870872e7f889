import { afterAll, beforeAll, expect, test } from "vitest";
import { browserOf, directoryOf } from "../harness/client.ts";
import { onEachDatabase, type RunningMunot, startMunot } from "../harness/munot.ts";
import { rawHttp1 } from "../harness/raw.ts";

onEachDatabase("input that no database takes", (database) => {
  let munot: RunningMunot;
  let directory: ReturnType<typeof directoryOf>;
  let orgId: string;
  beforeAll(async () => {
    munot = await startMunot({ database });
    directory = directoryOf(munot);
    orgId = await directory.addOrg("Acme");
    await directory.addUser(orgId, { userName: "ada" });
  });
  afterAll(() => munot?.stop());

  test.each([
    { loginName: "a\u0000b" },
    { loginName: "ada", password: "a\u0000b" },
    { loginName: "a\u0000b", password: "x" },
  ])("a null character in a sign-in form is the sender's mistake: %j", async ({ loginName, password }) => {
    const browser = browserOf(munot.url);
    const start = await browser.get("/ui/login");
    const page = password === undefined ? start : await browser.submit(start, { loginName: "ada" });
    const answer = await browser.submit(page, { loginName, ...(password === undefined ? {} : { password }) });
    expect(answer.status).toBe(422);
  });

  test.each(["/%", "/ui/login/%E0%A4%A", "/%zz?x=%"])(
    "an address that cannot be decoded gets a page of ours: %s",
    async (path) => {
      const answer = await rawHttp1(munot.url + path);
      expect([answer.status, answer.headers["content-type"]]).toEqual([400, "text/html; charset=utf-8"]);
      expect(answer.headers["content-security-policy"]).toContain("default-src 'none'");
      expect(answer.body).not.toMatch(/FST_|Fastify/i);
    },
  );

  const repeat = <T>(times: number, value: T): T[] => Array.from({ length: times }, () => value);
  const ids = repeat(900, "1");
  test.each([
    ["user.v2.UserService/ListUsers", { queries: repeat(51, { userNameQuery: { userName: "a" } }) }],
    ["user.v2.UserService/ListUsers", { queries: repeat(40, { inUserIdsQuery: { userIds: ids } }) }],
    [
      "user.v2.UserService/ListUsers",
      { queries: [{ orQuery: { queries: repeat(40, { inUserIdsQuery: { userIds: ids } }) } }] },
    ],
    ["org.v2.OrganizationService/ListOrganizations", { queries: repeat(5_000, { nameQuery: { name: "a" } }) }],
    [
      "project.v2beta.ProjectService/ListProjects",
      { filters: repeat(5_000, { projectNameFilter: { projectName: "a" } }) },
    ],
    ["project.v2beta.ProjectService/ListProjects", { filters: repeat(40, { inProjectIdsFilter: { ids } }) }],
    [
      "app.v2beta.AppService/ListApplications",
      { projectId: "1", filters: repeat(5_000, { nameFilter: { name: "a" } }) },
    ],
    ["session.v2.SessionService/ListSessions", { queries: repeat(40, { idsQuery: { ids } }) }],
    ["session.v2.SessionService/ListSessions", { queries: [{ idsQuery: { ids: repeat(40_000, "1") } }] }],
  ])("%s refuses more conditions and values than a statement should hold", async (method, message) => {
    expect((await directory.call(munot.ownerPat, method, message)).code).toBe("invalid_argument");
  });

  test("a redirect URI with stars cannot keep the server busy", async () => {
    const address = "http://localhost:9/*-*-*-*x";
    const projectId = await directory.addProject(orgId, "Stars");
    const { clientId } = await directory.addClient(projectId, "Stars", { redirectUris: [address] });
    const query = new URLSearchParams({ client_id: clientId, redirect_uri: `http://localhost:9/${"-".repeat(1_900)}` });
    const answer = await fetch(`${munot.url}/oauth/v2/authorize?${query}`, { signal: AbortSignal.timeout(5_000) });
    expect(answer.status).toBe(400);
  });

  test("dates beyond what is stored: one that means never is taken, one long past is refused", async () => {
    const userId = await directory.addMachine(orgId, "robot");
    const add = (expirationDate: string) =>
      directory.call(munot.ownerPat, "user.v2.UserService/AddPersonalAccessToken", { userId, expirationDate });
    for (const never of ["2519-04-01T08:45:00Z", "9999-12-31T23:59:59.999Z"]) {
      const { code, body } = await add(never);
      expect(code).toBe("ok");
      expect((await directory.call(String(body.token), "user.v2.UserService/GetUserByID", { userId })).code).toBe("ok");
    }
    expect((await add("0001-01-01T00:00:00Z")).code).toBe("invalid_argument");
    const listed = await directory.call(munot.ownerPat, "session.v2.SessionService/ListSessions", {
      queries: [{ creationDateQuery: { creationDate: "9999-12-31T23:59:59Z", method: "TIMESTAMP_QUERY_METHOD_LESS" } }],
    });
    expect(listed.code).toBe("ok");
  });

  test("no organization can take the name under which the instance keeps its own settings", async () => {
    const answer = await directory.call(munot.ownerPat, "org.v2.OrganizationService/AddOrganization", {
      orgId: "instance",
      name: "Instance",
    });
    expect(answer.code).toBe("invalid_argument");
  });
});
