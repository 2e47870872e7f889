import { expect, test } from "vitest";
import { housePassword, openHouse } from "../../../test/harness/house.ts";
import { describeOnBothDatabases, testInstance } from "../../../test/harness/store.ts";
import { addSeconds } from "../../kernel/time.ts";
import { setPolicy } from "../settings/set-policy.ts";
import { createSession } from "./create-session.ts";
import { setSession } from "./set-session.ts";
import { terminateSession } from "./terminate-session.ts";
import type { SessionWritten } from "./write-session.ts";

const written = (result: SessionWritten) => {
  if (result.is !== "written") throw new Error("the session was not written");
  return result;
};

describeOnBothDatabases("sessions", (open) => {
  test("fifty parallel wrong passwords count fifty", async () => {
    const house = await openHouse(open);
    const userId = await house.addUser("ada");
    const attempts = Array.from({ length: 50 }, () =>
      house.run(createSession, house.as(house.login), {
        checks: { user: { userId }, password: { password: "wrong" } },
      }),
    );
    const counts = (await Promise.all(attempts)).map(({ result }) =>
      result.is === "wrong" ? (result.failedAttempts ?? 0) : 0,
    );
    expect(counts.sort((a, b) => a - b)).toEqual(Array.from({ length: 50 }, (_, index) => index + 1));
    const user = await house.db
      .selectFrom("users")
      .where("instance_id", "=", testInstance)
      .select("password_failures")
      .where("instance_id", "=", house.instanceId)
      .where("user_id", "=", userId)
      .executeTakeFirstOrThrow();
    expect(user.password_failures).toBe(50);
    const sessions = await house.db
      .selectFrom("sessions")
      .select("session_id")
      .where("instance_id", "=", testInstance)
      .execute();
    expect(sessions).toEqual([]);
  });

  test("each write gives a new session token, and the old one dies with it", async () => {
    const house = await openHouse(open);
    const userId = await house.addUser("ada");
    const first = written(
      (await house.run(createSession, house.as(house.owner), { checks: { user: { userId } } })).result,
    );
    const verify = (token: string) => house.tokens.verify(house.instanceId, token, ["session"], house.now());
    expect((await verify(first.token))?.sessionId).toBe(first.sessionId);
    const second = written(
      (
        await house.run(setSession, house.as(house.owner), {
          sessionId: first.sessionId,
          sessionUserId: userId,
          checks: { password: { password: housePassword } },
          metadata: { color: "Ymx1ZQ==" },
        })
      ).result,
    );
    expect(await verify(first.token)).toBeNull();
    expect((await verify(second.token))?.user?.id).toBe(userId);
    const view = await house.sessions.find(house.instanceId, first.sessionId, house.now());
    expect(view).toMatchObject({ userId, loginName: "ada", metadata: { color: "Ymx1ZQ==" } });
    expect(view?.passwordCheckedAt).not.toBeNull();
  });

  test("an expired session is an ended one: not read, not written, its token dead", async () => {
    const house = await openHouse(open);
    const userId = await house.addUser("ada");
    const { sessionId, token } = written(
      (await house.run(createSession, house.as(house.owner), { checks: { user: { userId } }, lifetimeSeconds: 60 }))
        .result,
    );
    const later = addSeconds(house.now(), 61);
    expect(await house.sessions.find(house.instanceId, sessionId, house.now())).not.toBeNull();
    expect(await house.sessions.find(house.instanceId, sessionId, later)).toBeNull();
    expect(await house.tokens.verify(house.instanceId, token, ["session"], later)).toBeNull();
    await expect(
      house.run(setSession, house.as(house.owner, later), { sessionId, sessionUserId: userId }),
    ).rejects.toMatchObject({ code: "session.terminated" });
  });

  test("the policy's maximum locks the user; after it even the right password is refused", async () => {
    const house = await openHouse(open);
    const userId = await house.addUser("ada");
    await house.run(setPolicy, house.as(house.owner), {
      orgId: null,
      policy: "lockout",
      value: { maxPasswordAttempts: 3, maxOtpAttempts: 0 },
    });
    const signIn = (password: string) =>
      house.run(createSession, house.as(userActor), { checks: { user: { userId }, password: { password } } });
    const userActor = {
      kind: "user",
      userId,
      orgId: house.orgId,
      memberships: [{ level: "instance", roles: ["IAM_LOGIN_CLIENT"] }],
      via: "pat",
    } as const;
    for (const attempt of [1, 2, 3]) {
      expect((await signIn("wrong")).result).toMatchObject({ is: "wrong", failedAttempts: attempt });
    }
    await expect(signIn(housePassword)).rejects.toMatchObject({ code: "user.locked" });
  });

  test("an ended session has no row, no token, and cannot be ended by a stranger", async () => {
    const house = await openHouse(open);
    const [userId, strangerId] = [await house.addUser("ada"), await house.addUser("eve")];
    const { sessionId, token } = written(
      (
        await house.run(createSession, house.as(house.owner), {
          checks: { user: { userId }, password: { password: housePassword } },
        })
      ).result,
    );
    const plain = (id: typeof userId) =>
      ({ kind: "user", userId: id, orgId: house.orgId, memberships: [], via: "access_token" }) as const;
    await expect(house.run(terminateSession, house.as(plain(strangerId)), { sessionId })).rejects.toMatchObject({
      code: "auth.denied",
    });
    await house.run(terminateSession, house.as(plain(userId)), { sessionId });
    expect(await house.sessions.find(house.instanceId, sessionId, house.now())).toBeNull();
    expect(await house.tokens.verify(house.instanceId, token, ["session"], house.now())).toBeNull();
    await expect(house.run(terminateSession, house.as(house.owner), { sessionId })).rejects.toMatchObject({
      code: "session.terminated",
    });
  });

  test("lists show what the caller may see: all of the instance, of its org, or its own", async () => {
    const house = await openHouse(open);
    const [ada, eve] = [await house.addUser("ada"), await house.addUser("eve")];
    for (const userId of [ada, eve]) {
      await house.run(createSession, house.as(house.owner), { checks: { user: { userId } } });
    }
    const caller = (memberships: readonly []) =>
      ({ kind: "user", userId: ada, orgId: house.orgId, memberships, via: "pat" }) as const;
    const page = { filters: [], offset: 0, limit: 10, asc: true };
    const all = await house.sessions.list(house.as(house.owner), page);
    expect(all.total).toBe(2);
    const own = await house.sessions.list(house.as(caller([])), page);
    expect(own.sessions.map((one) => one.userId)).toEqual([ada]);
    const org = { ...caller([]), memberships: [{ level: "org", orgId: house.orgId, roles: ["ORG_OWNER"] }] } as const;
    expect((await house.sessions.list(house.as(org), page)).total).toBe(2);
    const anonymous = await house.sessions.list(house.as({ kind: "anonymous" }), page);
    expect(anonymous).toEqual({ total: 0, sessions: [] });
    const filtered = await house.sessions.list(house.as(house.owner), {
      ...page,
      filters: [
        { by: "user", userId: eve },
        { by: "created", than: house.now(), operator: "<=" },
      ],
    });
    expect(filtered.sessions.map((one) => one.loginName)).toEqual(["eve"]);
  });
});
