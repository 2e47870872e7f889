import { expect, test } from "vitest";
import { openOidc } from "../../../../test/harness/oidc.ts";
import { describeOnBothDatabases, testInstance } from "../../../../test/harness/store.ts";
import { terminateSession } from "../../../modules/session/terminate-session.ts";
import { deactivateUser } from "../../../modules/user/deactivate-user.ts";

const invalidGrant = { error: "invalid_grant" };

describeOnBothDatabases("codes and refresh tokens", (open) => {
  test("a code gives tokens that userinfo accepts", async () => {
    const oidc = await openOidc(open);
    const [app, ada] = [await oidc.addApp("app"), await oidc.addUser("ada")];
    const { code } = await oidc.signInWith(app.clientId, ada);
    const answer = await oidc.redeem(app.clientId, code);
    expect(answer.json()).toMatchObject({
      token_type: "Bearer",
      expires_in: 43_200,
      scope: "openid profile email offline_access",
    });
    expect(answer.statusCode).toBe(200);
    expect(answer.headers["cache-control"]).toBe("no-store");
    const info = await oidc.userinfo(answer.json().access_token);
    expect(info.json()).toMatchObject({ sub: ada, email: "ada@example.com", preferred_username: "ada" });
  });

  test("a replayed code is refused and revokes the grant made from it (RFC 6749 §4.1.2)", async () => {
    const oidc = await openOidc(open);
    const [app, ada] = [await oidc.addApp("app"), await oidc.addUser("ada")];
    const { code } = await oidc.signInWith(app.clientId, ada);
    const first = (await oidc.redeem(app.clientId, code)).json();
    const replayed = await oidc.redeem(app.clientId, code);
    expect([replayed.statusCode, replayed.json()]).toMatchObject([400, invalidGrant]);
    expect((await oidc.userinfo(first.access_token)).statusCode).toBe(401);
    expect((await oidc.refresh(app.clientId, first.refresh_token)).json()).toMatchObject(invalidGrant);
  });

  test("of parallel redemptions of one code exactly one wins", async () => {
    const oidc = await openOidc(open);
    const [app, ada] = [await oidc.addApp("app"), await oidc.addUser("ada")];
    const { code } = await oidc.signInWith(app.clientId, ada);
    const answers = await Promise.all(Array.from({ length: 12 }, () => oidc.redeem(app.clientId, code)));
    expect(answers.filter(({ statusCode }) => statusCode === 200)).toHaveLength(1);
    const grants = await oidc.db
      .selectFrom("oidc_sessions")
      .where("instance_id", "=", testInstance)
      .select("grant_id")
      .where("instance_id", "=", oidc.instanceId)
      .execute();
    expect(grants).toHaveLength(1);
  });

  test("a code is bound to its client, redirect URI and challenge, and lives a minute", async () => {
    const oidc = await openOidc(open);
    const [app, other, ada] = [await oidc.addApp("app"), await oidc.addApp("other"), await oidc.addUser("ada")];
    const { code } = await oidc.signInWith(app.clientId, ada);
    expect((await oidc.redeem(other.clientId, code)).json()).toMatchObject(invalidGrant);
    expect((await oidc.redeem(app.clientId, code, { redirect_uri: "https://app.example.com/x" })).json()).toMatchObject(
      invalidGrant,
    );
    const wrong = "b".repeat(43);
    expect((await oidc.redeem(app.clientId, code, { code_verifier: wrong })).json()).toMatchObject(invalidGrant);
    expect((await oidc.redeem(app.clientId, code, { code_verifier: "" })).json()).toMatchObject(invalidGrant);
    oidc.pass(61);
    expect((await oidc.redeem(app.clientId, code)).json()).toMatchObject(invalidGrant);
  });

  test("a refresh token is rotated; a replayed one revokes its whole family (RFC 9700 §4.14.2)", async () => {
    const oidc = await openOidc(open);
    const [app, ada] = [await oidc.addApp("app"), await oidc.addUser("ada")];
    const first = (await oidc.redeem(app.clientId, (await oidc.signInWith(app.clientId, ada)).code)).json();
    const second = (await oidc.refresh(app.clientId, first.refresh_token)).json();
    expect(second.refresh_token).not.toBe(first.refresh_token);
    expect((await oidc.userinfo(first.access_token)).statusCode).toBe(200);
    const replayed = await oidc.refresh(app.clientId, first.refresh_token);
    expect([replayed.statusCode, replayed.json()]).toMatchObject([400, invalidGrant]);
    expect((await oidc.refresh(app.clientId, second.refresh_token)).json()).toMatchObject(invalidGrant);
    for (const { access_token } of [first, second]) expect((await oidc.userinfo(access_token)).statusCode).toBe(401);
  });

  test("an answer that was lost is given once more, and only then; whoever has the first one too ends the family", async () => {
    const oidc = await openOidc(open);
    const [app, ada] = [await oidc.addApp("app"), await oidc.addUser("ada")];
    const signIn = async () =>
      (await oidc.redeem(app.clientId, (await oidc.signInWith(app.clientId, ada)).code)).json();
    const first = await signIn();
    const lost = (await oidc.refresh(app.clientId, first.refresh_token)).json();
    oidc.pass(29);
    const again = (await oidc.refresh(app.clientId, first.refresh_token)).json();
    expect(again.refresh_token).not.toBe(lost.refresh_token);
    const next = (await oidc.refresh(app.clientId, again.refresh_token)).json();
    expect(next).toHaveProperty("access_token");
    expect((await oidc.refresh(app.clientId, lost.refresh_token)).json()).toMatchObject(invalidGrant);
    expect((await oidc.refresh(app.clientId, next.refresh_token)).json()).toMatchObject(invalidGrant);

    const other = await signIn();
    const successor = (await oidc.refresh(app.clientId, other.refresh_token)).json();
    await oidc.refresh(app.clientId, successor.refresh_token);
    expect((await oidc.refresh(app.clientId, other.refresh_token)).json()).toMatchObject(invalidGrant);
    const third = await signIn();
    for (const expected of [200, 200, 400]) {
      expect((await oidc.refresh(app.clientId, third.refresh_token)).statusCode).toBe(expected);
      oidc.pass(2);
    }
  });

  test("of many parallel uses of one refresh token none is left with anything", async () => {
    const oidc = await openOidc(open);
    const [app, ada] = [await oidc.addApp("app"), await oidc.addUser("ada")];
    const first = (await oidc.redeem(app.clientId, (await oidc.signInWith(app.clientId, ada)).code)).json();
    const answers = await Promise.all(Array.from({ length: 8 }, () => oidc.refresh(app.clientId, first.refresh_token)));
    const given = answers.filter(({ statusCode }) => statusCode === 200);
    expect(given).toHaveLength(1);
    for (const answer of given) expect((await oidc.userinfo(answer.json().access_token)).statusCode).toBe(401);
  });

  test("a refresh token is bound to its client, and its scope may only shrink (RFC 6749 §6)", async () => {
    const oidc = await openOidc(open);
    const [app, other, ada] = [await oidc.addApp("app"), await oidc.addApp("other"), await oidc.addUser("ada")];
    const first = (await oidc.redeem(app.clientId, (await oidc.signInWith(app.clientId, ada)).code)).json();
    expect((await oidc.refresh(other.clientId, first.refresh_token)).json()).toMatchObject(invalidGrant);
    const wider = await oidc.refresh(app.clientId, first.refresh_token, { scope: "openid phone" });
    expect(wider.json()).toMatchObject({ error: "invalid_scope" });
    const narrower = (await oidc.refresh(app.clientId, first.refresh_token, { scope: "openid email" })).json();
    expect(narrower.scope).toBe("openid email");
    expect((await oidc.userinfo(narrower.access_token)).json()).not.toHaveProperty("name");
    const whole = (await oidc.refresh(app.clientId, narrower.refresh_token)).json();
    expect(whole.scope).toBe("openid profile email offline_access");
  });

  test("an unused refresh token ends after 30 days, a used one's family after 90", async () => {
    const oidc = await openOidc(open);
    const day = 86_400;
    const [app, ada] = [await oidc.addApp("app"), await oidc.addUser("ada")];
    const codeOf = async () => (await oidc.signInWith(app.clientId, ada)).code;
    const idle = (await oidc.redeem(app.clientId, await codeOf())).json();
    let used = (await oidc.redeem(app.clientId, await codeOf())).json();
    for (const days of [29, 29, 29]) {
      oidc.pass(days * day);
      used = (await oidc.refresh(app.clientId, used.refresh_token)).json();
      expect(used).toHaveProperty("access_token");
    }
    expect((await oidc.refresh(app.clientId, idle.refresh_token)).json()).toMatchObject(invalidGrant);
    oidc.pass(4 * day);
    expect((await oidc.refresh(app.clientId, used.refresh_token)).json()).toMatchObject(invalidGrant);
  });

  test("a deactivated user's code, refresh token and access token fail at once", async () => {
    const oidc = await openOidc(open);
    const [app, ada] = [await oidc.addApp("app"), await oidc.addUser("ada")];
    const first = (await oidc.redeem(app.clientId, (await oidc.signInWith(app.clientId, ada)).code)).json();
    const { code } = await oidc.signInWith(app.clientId, ada);
    await oidc.run(deactivateUser, oidc.as(oidc.owner), { userId: ada });
    expect((await oidc.redeem(app.clientId, code)).json()).toMatchObject(invalidGrant);
    expect((await oidc.refresh(app.clientId, first.refresh_token)).json()).toMatchObject(invalidGrant);
    expect((await oidc.userinfo(first.access_token)).statusCode).toBe(401);
  });

  test("ending a session ends its code, refresh token and access token at once", async () => {
    const oidc = await openOidc(open);
    const [app, ada] = [await oidc.addApp("app"), await oidc.addUser("ada")];
    const { code, sessionId } = await oidc.signInWith(app.clientId, ada);
    const first = (await oidc.redeem(app.clientId, code)).json();
    await oidc.run(terminateSession, oidc.as(oidc.login), { sessionId });
    expect((await oidc.refresh(app.clientId, first.refresh_token)).json()).toMatchObject(invalidGrant);
    expect((await oidc.userinfo(first.access_token)).statusCode).toBe(401);
  });

  test.each(["application", "project", "org"] as const)(
    "a deactivated %s stops its clients' tokens at once",
    async (kind) => {
      const oidc = await openOidc(open);
      const [app, ada] = [await oidc.addApp("app"), await oidc.addUser("ada")];
      const first = (await oidc.redeem(app.clientId, (await oidc.signInWith(app.clientId, ada)).code)).json();
      const [table, column, id] = {
        application: ["applications", "application_id", app.applicationId] as const,
        project: ["projects", "project_id", oidc.projectId] as const,
        org: ["orgs", "org_id", oidc.orgId] as const,
      }[kind];
      await oidc.database.write([
        // Deactivating is a later command of theirs: what counts here is that the read state is asked every time.
        oidc.db
          .updateTable(table as "orgs")
          .where("instance_id", "=", testInstance)
          .set({ state: "inactive" })
          .where(column as "org_id", "=", id)
          .compile(),
      ]);
      expect((await oidc.userinfo(first.access_token)).statusCode).toBe(401);
      expect((await oidc.refresh(app.clientId, first.refresh_token)).json()).toMatchObject({ error: "invalid_client" });
    },
  );
});
