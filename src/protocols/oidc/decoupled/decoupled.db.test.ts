import { expect, test } from "vitest";
import { openOidc, password } from "../../../../test/harness/oidc.ts";
import { describeOnBothDatabases } from "../../../../test/harness/store.ts";
import type { UserId } from "../../../kernel/ids.ts";
import { clientSettings } from "../../../modules/application/client-settings.events.ts";
import { setClientSettings } from "../../../modules/application/set-client-settings.ts";
import { approveDecoupled, denyDecoupled } from "../../../modules/auth-request/answer-decoupled.ts";
import { decoupledReader } from "../../../modules/auth-request/decoupled.queries.ts";
import { addOrganization } from "../../../modules/org/add-organization.ts";
import { createSession } from "../../../modules/session/create-session.ts";
import { deactivateUser } from "../../../modules/user/deactivate-user.ts";
import { createHashUserCode } from "../../../platform/crypto/user-code.ts";

type Oidc = Awaited<ReturnType<typeof openOidc>>;
type Open = Parameters<typeof openOidc>[0];

const deviceCode = "urn:ietf:params:oauth:grant-type:device_code";
const ciba = "urn:openid:params:grant-type:ciba";
const hashUserCode = createHashUserCode(new Uint8Array(32).fill(5));

const prepare = async (open: Open) => {
  const oidc = await openOidc(open);
  const tv = await oidc.addApp("tv", {
    appType: "native",
    grantTypes: ["authorization_code", "refresh_token", deviceCode],
  });
  const ada = await oidc.addUser("ada");
  const ask = async (more: Readonly<Record<string, string>> = {}) =>
    oidc.post("/oauth/v2/device_authorization", {
      client_id: tv.clientId,
      scope: "openid profile offline_access",
      ...more,
    });
  const poll = (code: string, client: string = tv.clientId) =>
    oidc.token({ grant_type: deviceCode, client_id: client, device_code: code });
  return { oidc, tv, ada, ask, poll, ...answering(oidc) };
};

/** Answers as a login built on the API does. */
const answering = (oidc: Oidc) => {
  const reader = decoupledReader({ db: oidc.db });
  const find = async (userCode: string) => {
    const ctx = oidc.as(oidc.login);
    return reader.byUserCode(ctx.instanceId, hashUserCode(userCode), ctx.now);
  };
  const approve = async (decoupledId: string, user: UserId) => {
    const { result } = await oidc.run(createSession, oidc.as(oidc.login), {
      checks: { user: { userId: user }, password: { password } },
    });
    if (result.is !== "written") throw new Error("no session");
    return oidc.run(approveDecoupled, oidc.as(oidc.login), {
      decoupledId,
      sessionId: result.sessionId,
      userId: user,
      proof: { by: "token", token: result.token },
    });
  };
  const deny = (decoupledId: string) => oidc.run(denyDecoupled, oidc.as(oidc.login), { decoupledId });
  return { find, approve, deny, reader };
};

describeOnBothDatabases("device authorization (RFC 8628)", (open) => {
  test("a device shows a code, its user allows it elsewhere, and the device gets its tokens", async () => {
    const { oidc, ada, ask, poll, find, approve } = await prepare(open);
    const asked = (await ask()).json();
    expect(asked).toMatchObject({ verification_uri: "https://id.example.com/device", expires_in: 300, interval: 5 });
    expect(asked.user_code).toMatch(/^[BCDFGHJKLMNPQRSTVWXZ]{4}-[BCDFGHJKLMNPQRSTVWXZ]{4}$/);
    expect(asked.verification_uri_complete).toBe(`${asked.verification_uri}?user_code=${asked.user_code}`);
    expect((await poll(asked.device_code)).json()).toMatchObject({ error: "authorization_pending" });
    const found = await find(` ${asked.user_code.toLowerCase().replace("-", " ")} `);
    expect(found).toMatchObject({
      applicationName: "tv",
      requested: { scope: ["openid", "profile", "offline_access"] },
    });
    await approve(found?.decoupledId ?? "", ada);
    const given = (await poll(asked.device_code)).json();
    expect(given).toMatchObject({ token_type: "Bearer", scope: "openid profile offline_access" });
    expect(given).toHaveProperty("id_token");
    expect((await oidc.userinfo(given.access_token)).json()).toMatchObject({ sub: ada });
    expect(await find(asked.user_code)).toBeNull();
  });

  test("a second redemption is refused and revokes what the first one gave", async () => {
    const { oidc, ada, ask, poll, find, approve } = await prepare(open);
    const asked = (await ask()).json();
    await approve((await find(asked.user_code))?.decoupledId ?? "", ada);
    const answers = await Promise.all(Array.from({ length: 6 }, () => poll(asked.device_code)));
    const given = answers.filter(({ statusCode }) => statusCode === 200);
    expect(given).toHaveLength(1);
    expect((await oidc.userinfo(given[0]?.json().access_token)).statusCode).toBe(401);
  });

  test("asking too often is told to slow down, and the pause grows (§3.5)", async () => {
    const { oidc, ask, poll } = await prepare(open);
    const { device_code: code } = (await ask()).json();
    const answers: string[] = [];
    for (const pause of [0, 1, 9, 10, 10]) {
      oidc.pass(pause);
      answers.push((await poll(code)).json().error);
    }
    const [pending, slower] = ["authorization_pending", "slow_down"];
    expect(answers).toEqual([pending, slower, slower, slower, slower]);
    oidc.pass(30);
    expect((await poll(code)).json()).toMatchObject({ error: pending });
  });

  test("denied and expired requests give nothing, and cannot be answered again", async () => {
    const { oidc, ada, ask, poll, find, approve, deny } = await prepare(open);
    const denied = (await ask()).json();
    const { decoupledId = "" } = (await find(denied.user_code)) ?? {};
    await deny(decoupledId);
    expect((await poll(denied.device_code)).json()).toMatchObject({ error: "access_denied" });
    await expect(approve(decoupledId, ada)).rejects.toMatchObject({ code: "auth_request.done" });
    const late = (await ask()).json();
    const waiting = await find(late.user_code);
    oidc.pass(301);
    expect(await find(late.user_code)).toBeNull();
    await expect(approve(waiting?.decoupledId ?? "", ada)).rejects.toMatchObject({ code: "auth_request.expired" });
    expect((await poll(late.device_code)).json()).toMatchObject({ error: "expired_token" });
  });

  test("a device code is bound to its client, and clients without the grant get none (class Q)", async () => {
    const { oidc, ada, ask, poll, find, approve } = await prepare(open);
    const other = await oidc.addApp("other", { appType: "native", grantTypes: ["authorization_code", deviceCode] });
    const plain = await oidc.addApp("plain", { appType: "native" });
    const asked = (await ask()).json();
    await approve((await find(asked.user_code))?.decoupledId ?? "", ada);
    expect((await poll(asked.device_code, other.clientId)).json()).toMatchObject({ error: "invalid_grant" });
    expect((await poll(asked.device_code, plain.clientId)).json()).toMatchObject({ error: "unauthorized_client" });
    expect((await ask({ client_id: plain.clientId })).json()).toMatchObject({ error: "unauthorized_client" });
    expect((await ask({ scope: "" })).json()).toMatchObject({ error: "invalid_scope" });
    const flipped = asked.device_code.replace(/.$/, (last: string) => (last === "A" ? "B" : "A"));
    expect((await poll(flipped)).json()).toMatchObject({ error: "invalid_grant" });
    expect((await poll(asked.device_code)).statusCode).toBe(200);
  });

  test("a scope that asks for an organization holds here too (class S)", async () => {
    const { oidc, ada, ask, find, approve } = await prepare(open);
    const made = await oidc.run(addOrganization, oidc.as(oidc.owner), { name: "Elsewhere" });
    const asked = (await ask({ scope: `openid urn:zitadel:iam:org:id:${made.id}` })).json();
    const found = await find(asked.user_code);
    expect(found?.requested.orgId).toBe(made.id);
    await expect(approve(found?.decoupledId ?? "", ada)).rejects.toMatchObject({
      code: "auth_request.user_not_allowed",
    });
    expect((await ask({ scope: "openid urn:zitadel:iam:org:id:0" })).json()).toMatchObject({ error: "invalid_scope" });
  });

  test("a user who is deactivated after the answer gets nothing that works", async () => {
    const { oidc, ada, ask, poll, find, approve } = await prepare(open);
    const asked = (await ask()).json();
    await approve((await find(asked.user_code))?.decoupledId ?? "", ada);
    await oidc.run(deactivateUser, oidc.as(oidc.owner), { userId: ada });
    const given = await poll(asked.device_code);
    if (given.statusCode === 200) expect((await oidc.userinfo(given.json().access_token)).statusCode).toBe(401);
    else expect(given.json()).toMatchObject({ error: "invalid_grant" });
  });
});

describeOnBothDatabases("client-initiated backchannel authentication (CIBA)", (open) => {
  const prepareCiba = async () => {
    const oidc = await openOidc(open);
    const bank = await oidc.addApp("bank", { authMethod: "basic" });
    await oidc.run(setClientSettings, oidc.as(oidc.owner), {
      projectId: oidc.projectId,
      applicationId: bank.applicationId,
      settings: clientSettings.parse({ additionalGrantTypes: [ciba], backchannelTokenDeliveryMode: "poll" }),
    });
    const ada = await oidc.addUser("ada");
    const headers = {
      authorization: `Basic ${Buffer.from(`${bank.clientId}:${bank.secret}`).toString("base64")}`,
    };
    const ask = (more: Readonly<Record<string, string>> = {}) =>
      oidc.post("/oauth/v2/bc-authorize", { scope: "openid profile", login_hint: "ada", ...more }, headers);
    const poll = (id: string) => oidc.token({ grant_type: ciba, auth_req_id: id }, headers);
    const ctx = () => oidc.as(oidc.login);
    const mine = answering(oidc);
    const waiting = async (user: UserId) => mine.reader.ofUsers(ctx().instanceId, [user], ctx().now);
    return { oidc, bank, ada, ask, poll, waiting, ...mine };
  };

  test("the named user answers on another device, and the client that polls gets the tokens", async () => {
    const { ada, oidc, ask, poll, waiting, approve } = await prepareCiba();
    const asked = (await ask({ binding_message: "W4SCT", requested_expiry: "60" })).json();
    expect(asked).toMatchObject({ expires_in: 60, interval: 5 });
    expect((await poll(asked.auth_req_id)).json()).toMatchObject({ error: "authorization_pending" });
    const [one] = await waiting(ada);
    expect(one).toMatchObject({ requested: { bindingMessage: "W4SCT" }, applicationName: "bank" });
    await approve(one?.decoupledId ?? "", ada);
    const given = (await poll(asked.auth_req_id)).json();
    expect((await oidc.userinfo(given.access_token)).json()).toMatchObject({ sub: ada });
    const claims = JSON.parse(Buffer.from(given.id_token.split(".")[1], "base64url").toString());
    expect(claims).toMatchObject({ sub: ada, amr: expect.arrayContaining(["pwd"]) });
    expect((await poll(asked.auth_req_id)).json()).toMatchObject({ error: "invalid_grant" });
    expect((await oidc.userinfo(given.access_token)).statusCode).toBe(401);
  });

  test("only the named user may answer", async () => {
    const { ada, oidc, ask, waiting, approve } = await prepareCiba();
    const bob = await oidc.addUser("bob");
    await ask();
    const [one] = await waiting(ada);
    expect(await waiting(bob)).toEqual([]);
    await expect(approve(one?.decoupledId ?? "", bob)).rejects.toMatchObject({ code: "auth_request.user_not_allowed" });
  });

  test("requests that name nobody, too many or somebody unknown are refused (§7.1, §13)", async () => {
    const { ask } = await prepareCiba();
    const cases: readonly (readonly [Readonly<Record<string, string>>, string])[] = [
      [{ login_hint: "" }, "invalid_request"],
      [{ id_token_hint: "x" }, "invalid_request"],
      [{ login_hint: "nobody" }, "unknown_user_id"],
      [{ login_hint: "", id_token_hint: "x" }, "unknown_user_id"],
      [{ login_hint: "", login_hint_token: "x" }, "invalid_request"],
      [{ scope: "profile" }, "invalid_scope"],
      [{ binding_message: "x".repeat(101) }, "invalid_binding_message"],
      [{ binding_message: "a\nb" }, "invalid_binding_message"],
      [{ requested_expiry: "0" }, "invalid_request"],
      [{ request: "a.b.c" }, "invalid_request_object"],
    ];
    for (const [more, error] of cases) expect((await ask(more)).json(), JSON.stringify(more)).toMatchObject({ error });
  });
});
