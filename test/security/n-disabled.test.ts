import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  browserOf,
  directoryOf,
  type OidcClient,
  relyingParty,
  rpcClient,
  signInByApi,
  testPassword,
} from "../harness/client.ts";
import { expectConsistent } from "../harness/command.ts";
import { onEachDatabase, type RunningMunot, startMunot } from "../harness/munot.ts";

const ways = ["DeactivateUser", "LockUser", "DeleteUser"] as const;

onEachDatabase("what is disabled stops working at once", (database) => {
  let munot: RunningMunot;
  let orgId: string;
  let clients: Readonly<Record<"opaque" | "jwt", OidcClient>>;
  beforeAll(async () => {
    munot = await startMunot({ database });
    const directory = directoryOf(munot);
    orgId = await directory.addOrg("Acme");
    const projectId = await directory.addProject(orgId, "Notes");
    clients = {
      opaque: await directory.addClient(projectId, "opaque"),
      jwt: await directory.addClient(projectId, "jwt", { accessTokenType: "OIDC_TOKEN_TYPE_JWT" }),
    };
  });
  afterAll(() => munot?.stop());

  const act = (way: string, userId: string) =>
    rpcClient(munot.url).must(munot.ownerPat, `user.v2.UserService/${way}`, { userId });
  const myself = (bearer: string, userId: string) =>
    rpcClient(munot.url).call(bearer, "user.v2.UserService/GetUserByID", { userId });

  describe.each(ways)("%s", (way) => {
    test.each(["opaque", "jwt"] as const)(
      "a person's %s access token, refresh token and session token",
      async (kind) => {
        const userId = await directoryOf(munot).addUser(orgId, { userName: `${way}-${kind}` });
        const party = relyingParty(munot.url, clients[kind]);
        const { tokens, sessionToken } = await signInByApi(munot, clients[kind], userId);
        expect((await party.userinfo(tokens.access_token)).status).toBe(200);
        expect(await party.isActive(tokens.access_token)).toBe(true);
        expect((await myself(sessionToken, userId)).code).toBe("ok");

        await act(way, userId);
        expect((await party.userinfo(tokens.access_token)).status).toBe(401);
        expect(await party.isActive(tokens.access_token)).toBe(false);
        expect(await party.isActive(tokens.refresh_token)).toBe(false);
        const refreshed = await party.refresh(tokens.refresh_token);
        expect([refreshed.status, await refreshed.json()]).toMatchObject([400, { error: "invalid_grant" }]);
        for (const bearer of [tokens.access_token, sessionToken]) {
          expect((await myself(bearer, userId)).code).toBe("unauthenticated");
        }
      },
    );

    test("a code that waits to be redeemed", async () => {
      const userId = await directoryOf(munot).addUser(orgId, { userName: `${way}-code` });
      const party = relyingParty(munot.url, clients.opaque);
      const authRequestId = await party.begin();
      const session = await directoryOf(munot).addSession(userId);
      const { callbackUrl } = await rpcClient(munot.url).must(
        munot.loginClientPat,
        "oidc.v2.OIDCService/CreateCallback",
        { authRequestId, session },
      );
      await act(way, userId);
      await expect(party.redeem(String(callbackUrl))).rejects.toThrow("invalid_grant");
    });

    test("a service account's personal access token", async () => {
      const directory = directoryOf(munot);
      const userId = await directory.addMachine(orgId, `${way}-machine`);
      const pat = await directory.addPat(userId);
      expect((await myself(pat, userId)).code).toBe("ok");
      await act(way, userId);
      expect((await myself(pat, userId)).code).toBe("unauthenticated");
    });

    test("a new session, and a browser that is signed in", async () => {
      const userId = await directoryOf(munot).addUser(orgId, { userName: `${way}-browser` });
      const party = relyingParty(munot.url, clients.opaque);
      const browser = browserOf(munot.url);
      const begun = await browser.get(party.authorizeUrl());
      const namePage = await browser.get(begun.location ?? "");
      const passwordPage = await browser.submit(namePage, { loginName: `${way}-browser` });
      const done = await browser.submit(passwordPage, { password: testPassword });
      expect(done.location).toMatch(/^http:\/\/localhost:9\/callback\?code=/);
      const again = await browser.get(party.authorizeUrl({ prompt: "none" }));
      expect(again.location).toMatch(/callback\?code=/);

      await act(way, userId);
      const refused = await browser.get(party.authorizeUrl({ prompt: "none" }));
      expect(refused.location).toMatch(/callback\?error=login_required/);
      await expect(directoryOf(munot).addSession(userId)).rejects.toThrow(/failed_precondition|not_found/);
    });
  });

  test("a session that was ended through the Session API signs its tokens out", async () => {
    const userId = await directoryOf(munot).addUser(orgId, { userName: "ended" });
    const party = relyingParty(munot.url, clients.opaque);
    const { tokens, sessionId, sessionToken } = await signInByApi(munot, clients.opaque, userId);
    await rpcClient(munot.url).must(munot.ownerPat, "session.v2.SessionService/DeleteSession", { sessionId });
    expect((await party.userinfo(tokens.access_token)).status).toBe(401);
    expect((await party.refresh(tokens.refresh_token)).status).toBe(400);
    expect((await myself(sessionToken, userId)).code).toBe("unauthenticated");
  });

  test("after all these sign-ins the read tables are what the log says", () => expectConsistent(munot));
});
