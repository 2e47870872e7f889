import { create } from "@bufbuild/protobuf";
import { SessionService } from "@zitadel/proto/zitadel/session/v2/session_service_pb.js";
import { expect, test } from "vitest";
import { housePassword, openHouse } from "../../../test/harness/house.ts";
import { describeOnBothDatabases } from "../../../test/harness/store.ts";
import type { Actor } from "../../kernel/actor.ts";
import { browserId, type UserId } from "../../kernel/ids.ts";
import type { Call } from "../../platform/http/rpc.ts";
import { defaultPolicies } from "../settings/policies.events.ts";
import { setPolicy } from "../settings/set-policy.ts";
import { userReader } from "../user/user.queries.ts";
import { sessionService } from "./session.rpc.ts";

describeOnBothDatabases("SessionService", (open) => {
  const prepare = async () => {
    const house = await openHouse(open);
    const waited: number[] = [];
    const users = userReader({ db: house.db });
    const service = sessionService({
      run: house.run,
      sessions: house.sessions,
      tokens: house.tokens,
      findUserByLoginName: async (instanceId, name) =>
        (await users.findByLoginName({ instanceId }, name))?.userId ?? null,
      waitSeconds: async (seconds) => {
        waited.push(seconds);
      },
    });
    // Test messages are written by hand; `create` refuses fields that the contract does not have.
    // biome-ignore lint/suspicious/noExplicitAny: answers are compared by their shape
    const call = async (method: keyof typeof SessionService.method, request: object, actor: Actor): Promise<any> => {
      const built = service.methods.get(method);
      if (built === undefined) throw new Error(`no ${method}`);
      const at: Call = {
        ctx: house.as(actor),
        orgHeader: null,
        publicUrl: "http://localhost:8080",
        acceptLanguage: "",
      };
      return built(create(SessionService.method[method].input, request), at);
    };
    const person = (userId: UserId, more: object = {}): Actor => ({
      kind: "user",
      userId,
      orgId: house.orgId,
      memberships: [],
      via: "access_token",
      ...more,
    });
    const signIn = (loginName: string, more: object = {}) =>
      call(
        "createSession",
        {
          checks: {
            user: { search: { case: "loginName", value: loginName } },
            password: { password: housePassword },
          },
          ...more,
        },
        house.login,
      );
    return { house, call, person, signIn, waited };
  };
  const denied = { code: "auth.denied" };

  test("made by login name, read back with its factors, changed with a new token, ended", async () => {
    const { house, call, signIn } = await prepare();
    const userId = await house.addUser("ada");
    const made = await signIn("ada@example.com", {
      metadata: { shop: new TextEncoder().encode("north") },
      lifetime: { seconds: 300n },
      userAgent: { fingerprintId: "browser-1", header: { accept: { values: ["*/*"] } } },
    });
    expect(made).toMatchObject({ details: { resourceOwner: house.instanceId, sequence: 6n } });
    const { session } = await call("getSession", { sessionId: made.sessionId }, house.owner);
    expect(session.factors.user).toMatchObject({ id: userId, loginName: "ada", organizationId: house.orgId });
    expect(session.factors.password.verifiedAt).toBeDefined();
    expect(session.expirationDate).toBeDefined();
    expect(session.userAgent).toMatchObject({ fingerprintId: "browser-1", header: { accept: { values: ["*/*"] } } });
    expect(new TextDecoder().decode(session.metadata.shop)).toBe("north");
    const changed = await call(
      "setSession",
      { sessionId: made.sessionId, metadata: { shop: new Uint8Array() } },
      house.owner,
    );
    expect(changed.sessionToken).not.toBe(made.sessionToken);
    await call("deleteSession", { sessionId: made.sessionId }, house.owner);
    await expect(call("getSession", { sessionId: made.sessionId }, house.owner)).rejects.toMatchObject({
      code: "session.not_found",
    });
  });

  test("read and ended without a permission by token, creator, user and user agent, and by nobody else", async () => {
    const { house, call, person, signIn } = await prepare();
    const [ada, eve] = [await house.addUser("ada"), await house.addUser("eve")];
    const { sessionId, sessionToken } = await signIn("ada", { userAgent: { fingerprintId: "browser-1" } });
    const stranger = person(eve);
    for (const method of ["getSession", "deleteSession"] as const) {
      await expect(call(method, { sessionId }, stranger)).rejects.toMatchObject(denied);
      await expect(call(method, { sessionId: "999" }, stranger)).rejects.toMatchObject(denied);
      await expect(call(method, { sessionId, sessionToken: `${sessionToken}x` }, stranger)).rejects.toMatchObject(
        denied,
      );
      await expect(call(method, { sessionId, sessionToken }, { kind: "anonymous" })).rejects.toMatchObject({
        code: "auth.missing",
      });
    }
    const other = await signIn("eve");
    await expect(call("getSession", { sessionId, sessionToken: other.sessionToken }, stranger)).rejects.toMatchObject(
      denied,
    );
    const sameBrowser = person(eve, { browserId: browserId.parse("browser-1") });
    expect(await call("getSession", { sessionId, sessionToken }, stranger)).toHaveProperty("session.id", sessionId);
    expect(await call("getSession", { sessionId }, person(ada))).toHaveProperty("session.id", sessionId);
    expect(await call("getSession", { sessionId }, sameBrowser)).toHaveProperty("session.id", sessionId);
    await call("deleteSession", { sessionId, sessionToken }, stranger);

    const creator = person(eve, { memberships: [{ level: "instance", roles: ["IAM_LOGIN_CLIENT"] }] });
    const made = await call("createSession", {}, creator);
    expect(await call("getSession", { sessionId: made.sessionId }, person(eve))).toHaveProperty("session");
    const mine = await call("listSessions", { queries: [{ query: { case: "creatorQuery", value: {} } }] }, person(eve));
    expect(mine).toMatchObject({ details: { totalResult: 1n }, sessions: [{ id: made.sessionId }] });
  });

  test("making and changing needs session.write, whatever the user name", async () => {
    const { house, call, person } = await prepare();
    const ada = await house.addUser("ada");
    for (const value of ["ada", "nobody"]) {
      const request = { checks: { user: { search: { case: "loginName", value } }, password: { password: "x" } } };
      await expect(call("createSession", request, person(ada))).rejects.toMatchObject(denied);
    }
    await expect(call("setSession", { sessionId: "999" }, person(ada))).rejects.toMatchObject(denied);
  });

  test("a wrong password says how many there were, and takes longer from the fifth on", async () => {
    const { house, call, waited } = await prepare();
    await house.addUser("ada");
    const { sessionId } = await call(
      "createSession",
      { checks: { user: { search: { case: "loginName", value: "ada" } } } },
      house.owner,
    );
    for (const attempt of [1, 2, 3, 4, 5]) {
      await expect(
        call("setSession", { sessionId, checks: { password: { password: "wrong" } } }, house.owner),
      ).rejects.toMatchObject({ code: "user.password_wrong", details: { failedAttempts: attempt } });
    }
    expect(waited).toEqual([0, 0, 0, 0, 1]);
  });

  test("where the policy conceals names, an unknown one with a password is refused like a wrong password", async () => {
    const { house, call } = await prepare();
    await house.run(setPolicy, house.as(house.owner), {
      orgId: null,
      policy: "login",
      value: { ...defaultPolicies.login, ignoreUnknownUsernames: true },
    });
    const nobody = { search: { case: "loginName", value: "nobody" } };
    await expect(
      call("createSession", { checks: { user: nobody, password: { password: "x" } } }, house.login),
    ).rejects.toMatchObject({ code: "user.password_wrong" });
    await expect(call("createSession", { checks: { user: nobody } }, house.login)).rejects.toMatchObject({
      code: "user.not_found",
    });
  });

  test("checks and challenges that are not built are refused, never skipped", async () => {
    const { house, call } = await prepare();
    const refused = { code: "feature.unimplemented" };
    await expect(call("createSession", { checks: { totp: { code: "123456" } } }, house.owner)).rejects.toMatchObject(
      refused,
    );
    await expect(
      call("createSession", { challenges: { otpSms: { returnCode: true } } }, house.owner),
    ).rejects.toMatchObject(refused);
  });
});
