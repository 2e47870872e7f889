import { afterAll, beforeAll, expect, test } from "vitest";
import { browserOf, directoryOf, testPassword } from "../harness/client.ts";
import { onEachDatabase, type RunningMunot, startMunot } from "../harness/munot.ts";

onEachDatabase("an address that is somebody else's", (database) => {
  let munot: RunningMunot;
  beforeAll(async () => {
    munot = await startMunot({ database });
  });
  afterAll(() => munot?.stop());

  test("keeps nobody from signing in with it, whatever a user of another organization says of itself", async () => {
    const { call, ...directory } = directoryOf(munot);
    const ada = await directory.addUser(await directory.addOrg("Acme"), { userName: "ada" });
    const mallory = await directory.addUser(await directory.addOrg("Elsewhere"), { userName: "mallory" });
    const { sessionToken } = await directory.addSession(mallory);
    const address = "ada@acme.example";

    const renamed = await call(sessionToken, "user.v2.UserService/UpdateHumanUser", {
      userId: mallory,
      username: address,
    });
    expect(renamed.code).toBe("permission_denied");
    const plain = await call(sessionToken, "user.v2.UserService/UpdateHumanUser", { userId: mallory, username: "mal" });
    expect(plain.code).toBe("ok");
    expect((await call(sessionToken, "user.v2.UserService/SetEmail", { userId: mallory, email: address })).code).toBe(
      "ok",
    );

    const browser = browserOf(munot.url);
    const password = await browser.submit(await browser.get("/ui/login"), { loginName: address });
    const signedIn = await browser.submit(password, { password: testPassword });
    expect([signedIn.status, signedIn.html]).toEqual([200, expect.stringContaining("You are signed in")]);
    const session = await call(munot.loginClientPat, "session.v2.SessionService/CreateSession", {
      checks: { user: { loginName: address } },
    });
    const { body } = await call(munot.loginClientPat, "session.v2.SessionService/GetSession", {
      sessionId: session.body.sessionId,
    });
    expect(body).toMatchObject({ session: { factors: { user: { id: ada } } } });
  });
});
