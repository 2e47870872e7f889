import { expect, test } from "vitest";
import { challenge, issuer, openOidc, password, redirectUri } from "../../../../test/harness/oidc.ts";
import { describeOnBothDatabases, testInstance } from "../../../../test/harness/store.ts";
import { createSession } from "../../../modules/session/create-session.ts";
import { terminateSession } from "../../../modules/session/terminate-session.ts";

const answerOf = (location: string | undefined) => Object.fromEntries(new URL(location ?? "", issuer).searchParams);

describeOnBothDatabases("the authorization endpoint", (open) => {
  test("a request of no known client, or to no registered URI, gets a page and no redirect", async () => {
    const oidc = await openOidc(open);
    const app = await oidc.addApp("app");
    const usual = oidc.usual(app.clientId);
    const unknown = await oidc.authorize({ ...usual, client_id: "unknown" });
    expect([unknown.statusCode, unknown.body, unknown.headers.location]).toEqual([
      400,
      "page: clientUnknown",
      undefined,
    ]);
    const elsewhere = await oidc.authorize({ ...usual, redirect_uri: "https://evil.example/callback" });
    expect([elsewhere.body, elsewhere.headers.location]).toEqual(["page: redirectUri", undefined]);
  });

  test("later errors go to the client with its state and our issuer (RFC 6749 §4.1.2.1, RFC 9207)", async () => {
    const oidc = await openOidc(open);
    const app = await oidc.addApp("app");
    const { location } = (await oidc.authorize({ ...oidc.usual(app.clientId), response_type: "other" })).headers;
    expect(location?.startsWith(`${redirectUri}?`)).toBe(true);
    expect(answerOf(location)).toMatchObject({ error: "unsupported_response_type", state: "the-state", iss: issuer });
  });

  test("a good request starts a sign-in that belongs to the browser, by GET and by POST", async () => {
    const oidc = await openOidc(open);
    const app = await oidc.addApp("app");
    const got = await oidc.authorize(oidc.usual(app.clientId));
    expect(got.statusCode).toBe(303);
    expect(got.headers.location).toMatch(/^\/ui\/login\?authRequest=V2_\d+$/);
    expect(String(got.headers["set-cookie"])).toMatch(/^__Host-munot-browser=.+; HttpOnly; SameSite=Lax; Secure$/);
    const posted = await oidc.post("/oauth/v2/authorize", oidc.usual(app.clientId));
    expect(posted.headers.location).toMatch(/^\/ui\/login\?authRequest=V2_\d+$/);
    const rows = await oidc.db
      .selectFrom("auth_requests")
      .select("request")
      .where("instance_id", "=", testInstance)
      .execute();
    expect(JSON.parse(rows[0]?.request ?? "")).toMatchObject({ codeChallenge: challenge, nonce: "the-nonce" });
  });

  test("the audience is the project with all its clients, and the projects that scopes name", async () => {
    const oidc = await openOidc(open);
    const [app, sister] = [await oidc.addApp("app"), await oidc.addApi("sister")];
    const zitadel = "urn:zitadel:iam:org:project:id:zitadel:aud";
    await oidc.authorize({ ...oidc.usual(app.clientId), scope: `openid ${zitadel}` });
    const row = await oidc.db
      .selectFrom("auth_requests")
      .select("request")
      .where("instance_id", "=", testInstance)
      .executeTakeFirstOrThrow();
    expect([...JSON.parse(row.request).audience].sort()).toEqual(
      [app.clientId, sister.clientId, oidc.projectId, oidc.ownProjectId].sort(),
    );
  });

  test("the longest request that is allowed can be kept; a longer one is the client's mistake", async () => {
    const oidc = await openOidc(open);
    const app = await oidc.addApp("app");
    const scope = Array.from(
      { length: 25 },
      (_, index) => `urn:zitadel:iam:org:project:role:${"r".repeat(40)}${index}`,
    );
    const longest = {
      ...oidc.usual(app.clientId),
      state: '"'.repeat(2_048),
      nonce: "\\".repeat(2_048),
      scope: scope.join(" "),
    };
    expect((await oidc.authorize(longest)).headers.location).toMatch(/^\/ui\/login/);
    const tooLong = [{ nonce: "ü".repeat(1_025) }, { scope: `openid urn:zitadel:iam:${"x".repeat(200)}` }];
    for (const more of tooLong) {
      const { location } = (await oidc.authorize({ ...longest, ...more })).headers;
      expect(answerOf(location).error).toMatch(/^invalid_(request|scope)$/);
    }
  });

  test("an organization that does not exist cannot be asked for", async () => {
    const oidc = await openOidc(open);
    const app = await oidc.addApp("app");
    const asked = { ...oidc.usual(app.clientId), scope: "openid urn:zitadel:iam:org:id:404" };
    expect(answerOf((await oidc.authorize(asked)).headers.location)).toMatchObject({ error: "invalid_scope" });
  });

  test("prompt=none answers from the browser's session, and says what is missing without one", async () => {
    const oidc = await openOidc(open);
    const [app, ada] = [await oidc.addApp("app"), await oidc.addUser("ada")];
    const usual = oidc.usual(app.clientId);
    const silent = { ...usual, prompt: "none" };
    expect(answerOf((await oidc.authorize(silent)).headers.location)).toMatchObject({ error: "login_required" });

    const cookie = String((await oidc.authorize(usual)).headers["set-cookie"]).split(";")[0] ?? "";
    expect(answerOf((await oidc.authorize(silent, cookie)).headers.location)).toMatchObject({
      error: "login_required",
    });

    const browser = oidc.browsers.read({ headers: { cookie } });
    const { result: session } = await oidc.run(createSession, oidc.as(oidc.login), {
      checks: { user: { userId: ada }, password: { password } },
      userAgent: { fingerprintId: browser, ip: null, description: null, header: {} },
    });
    if (session.is !== "written") throw new Error("no session");
    const answer = answerOf((await oidc.authorize(silent, cookie)).headers.location);
    expect(answer).toMatchObject({ state: "the-state", iss: issuer });
    expect((await oidc.redeem(app.clientId, answer.code ?? "")).json()).toHaveProperty("id_token");

    oidc.pass(10);
    const tooOld = await oidc.authorize({ ...silent, max_age: "5" }, cookie);
    expect(answerOf(tooOld.headers.location)).toMatchObject({ error: "login_required" });
    const someoneElse = await oidc.authorize({ ...silent, login_hint: "eve" }, cookie);
    expect(answerOf(someoneElse.headers.location)).toMatchObject({ error: "login_required" });

    await oidc.run(terminateSession, oidc.as(oidc.login), { sessionId: session.sessionId });
    expect(answerOf((await oidc.authorize(silent, cookie)).headers.location)).toMatchObject({
      error: "login_required",
    });
  });
});
