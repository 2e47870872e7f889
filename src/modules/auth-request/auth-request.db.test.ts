import { expect, test } from "vitest";
import type { z } from "zod";
import { housePassword, openHouse } from "../../../test/harness/house.ts";
import { describeOnBothDatabases } from "../../../test/harness/store.ts";
import type { Actor } from "../../kernel/actor.ts";
import { type BrowserId, browserId, clientId, orgId, tokenId } from "../../kernel/ids.ts";
import { addSeconds } from "../../kernel/time.ts";
import { createSession } from "../session/create-session.ts";
import { deactivateUser } from "../user/deactivate-user.ts";
import type { Requested } from "./auth-request.events.ts";
import { authRequestReader } from "./auth-request.queries.ts";
import { completeAuthRequest } from "./complete-auth-request.ts";
import { failAuthRequest } from "./fail-auth-request.ts";
import { startAuthRequest } from "./start-auth-request.ts";

const asked: Requested = {
  clientId: clientId.parse("client-1"),
  redirectUri: "https://app.example.com/cb",
  responseType: "code",
  responseMode: "query",
  scope: ["openid"],
  audience: ["client-1"],
  state: "state-1",
  nonce: "nonce-1",
  codeChallenge: "c".repeat(43),
  prompt: [],
  maxAgeSeconds: null,
  uiLocales: [],
  acrValues: [],
  hintUserId: null,
  orgId: null,
  browserId: null,
  loginClientId: null,
  claims: null,
  resources: [],
  authorizationDetails: [],
  dpopJkt: null,
  pushedId: null,
  decoupledId: null,
};

describeOnBothDatabases("auth requests", (open) => {
  const prepare = async () => {
    const house = await openHouse(open);
    const signIn = async (userName: string, browser: BrowserId | null = null) => {
      const userId = await house.addUser(userName);
      const { result } = await house.run(createSession, house.as(house.login), {
        checks: { user: { userId }, password: { password: housePassword } },
        userAgent: { fingerprintId: browser, ip: null, description: null, header: {} },
      });
      if (result.is !== "written") throw new Error("not signed in");
      return { userId, ...result };
    };
    const start = async (change: Partial<Requested> = {}) =>
      (await house.run(startAuthRequest, house.as(house.login), { ...asked, ...change, loginHint: "ada" })).result
        .authRequestId;
    return { house, signIn, start };
  };
  const byToken = (token: string) => ({ by: "token", token }) as const;

  test("a session's current token answers it: linked, with a code, once", async () => {
    const { house, signIn, start } = await prepare();
    const { userId, sessionId, token } = await signIn("ada");
    const authRequestId = await start();
    expect(authRequestId).toMatch(/^V2_\d{16,19}$/);
    const input = { authRequestId, sessionId, userId, proof: byToken(token) };
    const both = await Promise.allSettled(
      [1, 2].map(() => house.run(completeAuthRequest, house.as(house.login), input)),
    );
    const answers = both.flatMap((one) => (one.status === "fulfilled" ? [one.value.result] : []));
    expect(answers).toHaveLength(1);
    expect(both.find((one) => one.status === "rejected")).toMatchObject({ reason: { code: "auth_request.done" } });
    expect(answers[0]?.requested).toMatchObject({
      redirectUri: asked.redirectUri,
      responseMode: "query",
      state: "state-1",
    });
    const code = await house.tokens.find(
      house.instanceId,
      "code",
      tokenId.parse(answers[0]?.code?.replace(/^ac_|\..*$/g, "")),
      house.now(),
    );
    expect(code).toMatchObject({ sessionId, authRequestId, clientId: asked.clientId, user: { id: userId } });
    const view = await authRequestReader({ db: house.db }).find(house.instanceId, authRequestId);
    expect(view).toMatchObject({ status: "code_issued", sessionId, requested: { nonce: "nonce-1" } });
  });

  test("a foreign session's id opens nothing: its own token is needed, or its browser on our own pages", async () => {
    const { house, signIn, start } = await prepare();
    const [mine, other] = [browserId.parse("browser-1"), browserId.parse("browser-2")];
    const victim = await signIn("ada", mine);
    const thief = await signIn("eve", other);
    const authRequestId = await start({ browserId: other });
    const answer = (proof: z.input<typeof completeAuthRequest.input>["proof"], as: Actor = house.login) =>
      house.run(completeAuthRequest, house.as(as), {
        authRequestId,
        sessionId: victim.sessionId,
        userId: victim.userId,
        proof,
      });
    const refused = { code: "session.token_invalid" };
    await expect(answer(byToken(thief.token))).rejects.toMatchObject(refused);
    await expect(answer(byToken("st_1.x"))).rejects.toMatchObject(refused);
    await expect(answer({ by: "browser", browserId: other })).rejects.toMatchObject(refused);
    await expect(answer({ by: "browser", browserId: mine })).rejects.toMatchObject(refused);
    const stranger = { kind: "user", userId: thief.userId, orgId: house.orgId, memberships: [], via: "pat" } as const;
    await expect(answer(byToken(victim.token), stranger)).rejects.toMatchObject({ code: "auth.denied" });
  });

  test("users of another org, users of another hint, and deactivated users cannot answer", async () => {
    const { house, signIn, start } = await prepare();
    const { userId, sessionId, token } = await signIn("ada");
    const other = await house.addUser("eve");
    const answer = async (change: Partial<Requested>) =>
      house.run(completeAuthRequest, house.as(house.login), {
        authRequestId: await start(change),
        sessionId,
        userId,
        proof: byToken(token),
      });
    const notAllowed = { code: "auth_request.user_not_allowed" };
    await expect(answer({ orgId: orgId.parse("999") })).rejects.toMatchObject(notAllowed);
    await expect(answer({ hintUserId: other })).rejects.toMatchObject(notAllowed);
    await expect(answer({ prompt: ["login"] })).rejects.toMatchObject({ code: "session.factor_missing" });
    await house.run(deactivateUser, house.as(house.owner), { userId });
    // The token of a deactivated user's session is dead already.
    await expect(answer({})).rejects.toMatchObject({ code: "session.token_invalid" });
  });

  test("what was answered with an error, or by nobody in time, is over; no personal value stays", async () => {
    const { house, signIn, start } = await prepare();
    const { userId, sessionId, token } = await signIn("ada");
    const authRequestId = await start();
    const failed = await house.run(failAuthRequest, house.as(house.login), { authRequestId, error: "access_denied" });
    expect(failed.result.requested.redirectUri).toBe(asked.redirectUri);
    const complete = (id: typeof authRequestId, at = house.now()) =>
      house.run(completeAuthRequest, house.as(house.login, at), {
        authRequestId: id,
        sessionId,
        userId,
        proof: byToken(token),
      });
    await expect(complete(authRequestId)).rejects.toMatchObject({ code: "auth_request.done" });
    const view = await authRequestReader({ db: house.db }).find(house.instanceId, authRequestId);
    expect(view).toMatchObject({ status: "failed", loginHint: null });
    const late = await start();
    await expect(complete(late, addSeconds(house.now(), 3_601))).rejects.toMatchObject({
      code: "auth_request.expired",
    });
  });
});
