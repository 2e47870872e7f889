import { afterAll, beforeAll, expect, test } from "vitest";
import { browserOf, directoryOf, relyingParty, rpcClient } from "../../harness/client.ts";
import { onEachDatabase, type RunningMunot, startMunot } from "../../harness/munot.ts";

onEachDatabase("a login built on the API that brings the request itself (x-zitadel-login-client)", (database) => {
  let munot: RunningMunot;
  let client: { readonly clientId: string; readonly clientSecret: string };
  let userId: string;
  let loginClientId: string;
  const call = (bearer: string, method: string, message: object) => rpcClient(munot.url).call(bearer, method, message);
  const begin = (header: string) => relyingParty(munot.url, client).begin({ "x-zitadel-login-client": header });
  const callback = (authRequestId: string, session: object, bearer = munot.loginClientPat) =>
    call(bearer, "oidc.v2.OIDCService/CreateCallback", { authRequestId, session });

  beforeAll(async () => {
    munot = await startMunot({ database });
    const directory = directoryOf(munot);
    const orgId = await directory.addOrg("Acme");
    userId = await directory.addUser(orgId, { userName: "ada" });
    client = await directory.addClient(await directory.addProject(orgId, "Notes"), "notes");
    loginClientId = await userOfPat(munot);
  });
  afterAll(() => munot?.stop());

  test("it alone answers: no other login client, and not our own pages", async () => {
    const directory = directoryOf(munot);
    const session = await directory.addSession(userId);
    const authRequestId = await begin(loginClientId);
    expect((await callback(authRequestId, session, munot.ownerPat)).code).toBe("permission_denied");
    const begun = await browserOf(munot.url).get(`/ui/login?authRequest=${authRequestId}`);
    expect(begun.status).toBe(410);
    const answered = await callback(authRequestId, session);
    expect(answered.code).toBe("ok");
    expect((await relyingParty(munot.url, client).redeem(String(answered.body.callbackUrl))).id_token).toBeTruthy();
  });

  test("the request is sent where ZITADEL's login is, which it stands in for; prompt=none too", async () => {
    const party = relyingParty(munot.url, client);
    for (const more of [{}, { prompt: "none" }]) {
      const begun = await fetch(party.authorizeUrl(more), {
        redirect: "manual",
        headers: { "x-zitadel-login-client": loginClientId },
      });
      expect(begun.headers.get("location")).toMatch(/^\/ui\/v2\/login\/login\?authRequest=V2_\d+$/);
    }
  });

  test("a user without the role of a login client is not one: the header means nothing", async () => {
    for (const nobody of [userId, "unknown", "no/id"]) {
      const begun = await fetch(relyingParty(munot.url, client).authorizeUrl(), {
        redirect: "manual",
        headers: { "x-zitadel-login-client": nobody },
      });
      expect(begun.headers.get("location")).toMatch(/^\/ui\/login\?authRequest=/);
    }
  });
});

/** The service account whose token it is: the only one with the role. */
const userOfPat = async (munot: RunningMunot): Promise<string> => {
  const { body } = await rpcClient(munot.url).call(
    munot.ownerPat,
    "internal_permission.v2beta.InternalPermissionService/ListAdministrators",
    {},
  );
  const found = body.administrators as readonly {
    readonly user?: { readonly id?: string };
    readonly roles?: readonly string[];
  }[];
  return found.find(({ roles = [] }) => roles.includes("IAM_LOGIN_CLIENT"))?.user?.id ?? "";
};
