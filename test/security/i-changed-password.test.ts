import { afterAll, beforeAll, expect, test } from "vitest";
import { browserOf, directoryOf, relyingParty, testPassword } from "../harness/client.ts";
import { onEachDatabase, type RunningMunot, startMunot } from "../harness/munot.ts";

onEachDatabase("what a former password has proved", (database) => {
  let munot: RunningMunot;
  beforeAll(async () => {
    munot = await startMunot({ database });
  });
  afterAll(() => munot?.stop());

  test("counts for nothing once the password is another one, in every browser and over the API", async () => {
    const { must, call, ...directory } = directoryOf(munot);
    const orgId = await directory.addOrg("Acme");
    const client = await directory.addClient(await directory.addProject(orgId, "Notes"), "Notes");
    const { userId } = await must(munot.ownerPat, "user.v2.UserService/AddHumanUser", {
      organization: { orgId },
      username: "ada",
      profile: { givenName: "Ada", familyName: "Lovelace" },
      email: { email: "ada@acme.example", isVerified: true },
      password: { password: testPassword, changeRequired: true },
    });
    const signIn = async () => {
      const browser = browserOf(munot.url);
      const password = await browser.submit(await browser.get("/ui/login"), { loginName: "ada" });
      return { browser, page: await browser.submit(password, { password: testPassword }) };
    };
    // The first password was on a note that somebody else has read, too.
    const thief = await signIn();
    const session = await directory.addSession(String(userId));
    const owner = await signIn();

    const fresh = "Munot-Turm-1585!";
    const changed = await owner.browser.submit(owner.page, { newPassword: fresh, repeat: fresh });
    expect([changed.status, changed.html]).toEqual([200, expect.stringContaining("You are signed in")]);

    expect((await thief.browser.get("/ui/login")).html).not.toContain("You are signed in");
    const party = relyingParty(munot.url, client);
    const silent = await thief.browser.get(party.authorizeUrl({ prompt: "none" }));
    expect(new URL(silent.location ?? "").searchParams.get("error")).toBe("login_required");
    const signedIn = await owner.browser.get(party.authorizeUrl({ prompt: "none" }));
    expect(new URL(signedIn.location ?? "").searchParams.has("code")).toBe(true);

    const authRequestId = await party.begin();
    const answer = { authRequestId, session };
    expect((await call(munot.loginClientPat, "oidc.v2.OIDCService/CreateCallback", answer)).code).toBe(
      "failed_precondition",
    );
    expect((await call(session.sessionToken, "user.v2.UserService/GetUserByID", { userId })).code).toBe(
      "unauthenticated",
    );
  });
});
