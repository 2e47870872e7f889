import { createHash } from "node:crypto";
import { afterAll, beforeAll, test } from "vitest";
import {
  browserOf,
  directoryOf,
  redirectUri,
  relyingParty,
  rpcClient,
  signInByApi,
  testPassword,
} from "../harness/client.ts";
import { onEachDatabase, type RunningMunot, startMunot } from "../harness/munot.ts";

onEachDatabase("attack", (database) => {
  if (database === "postgres") return test("x", () => {});
  let munot: RunningMunot;
  let d: ReturnType<typeof directoryOf>;
  let org = "",
    project = "",
    ada = "",
    eve = "";
  let c1: any, c2: any, pub: any, c3: any;
  beforeAll(async () => {
    munot = await startMunot({ database });
    d = directoryOf(munot);
    org = await d.addOrg("Acme");
    project = await d.addProject(org, "p");
    const org2 = await d.addOrg("Evil");
    const project2 = await d.addProject(org2, "p");
    ada = await d.addUser(org, { userName: "ada" });
    eve = await d.addUser(org2, { userName: "eve" });
    c1 = await d.addClient(project, "c1");
    c2 = await d.addClient(project, "c2");
    c3 = await d.addClient(project2, "c3");
    pub = await d.addClient(project, "pub", {
      authMethodType: "OIDC_AUTH_METHOD_TYPE_NONE",
      appType: "OIDC_APP_TYPE_USER_AGENT",
    });
  });
  afterAll(async () => {
    console.log(
      munot
        .output()
        .split("\n")
        .filter((l) => /"error"|warn/i.test(l))
        .slice(0, 40)
        .join("\n"),
    );
    await munot?.stop();
  });
  const show = (name: string, ...x: unknown[]) =>
    console.log(
      "##",
      name,
      ...x.map((v) => (typeof v === "string" ? v.slice(0, 500) : JSON.stringify(v)?.slice(0, 400))),
    );
  const hidden = (html: string): Record<string, string> =>
    Object.fromEntries(
      [...html.matchAll(/<input type="hidden" name="([^"]+)" value="([^"]*)"/g)].map(([, n = "", v = ""]) => [n, v]),
    );
  const verifier = "a".repeat(64);
  const challenge = createHash("sha256").update(verifier).digest("base64url");
  const authz = async (c: any, more: Record<string, string | null> = {}, headers: Record<string, string> = {}) => {
    const p: Record<string, string> = {
      client_id: c.clientId,
      redirect_uri: redirectUri,
      response_type: "code",
      scope: "openid offline_access",
      state: "s",
      code_challenge: challenge,
      code_challenge_method: "S256",
    };
    for (const [k, v] of Object.entries(more))
      if (v === null) delete p[k];
      else p[k] = v;
    const r = await fetch(`${munot.url}/oauth/v2/authorize?${new URLSearchParams(p)}`, { redirect: "manual", headers });
    return { status: r.status, location: r.headers.get("location") ?? "" };
  };
  const codeFor = async (c: any, user: string, more: Record<string, string | null> = {}) => {
    const { location } = await authz(c, more);
    const authRequestId = new URL(location, munot.url).searchParams.get("authRequest");
    const session = await d.addSession(user);
    const r = await d.call(munot.loginClientPat, "oidc.v2.OIDCService/CreateCallback", { authRequestId, session });
    return {
      code: new URL(String(r.body.callbackUrl ?? "x:/")).searchParams.get("code") ?? "",
      body: r.body,
      authRequestId,
      session,
    };
  };
  const post = async (path: string, form: Record<string, string> | string, headers: Record<string, string> = {}) => {
    const r = await fetch(munot.url + path, {
      method: "POST",
      headers: { "content-type": "application/x-www-form-urlencoded", ...headers },
      body: typeof form === "string" ? form : new URLSearchParams(form).toString(),
    });
    return { status: r.status, text: await r.text() };
  };
  const basic = (a: string, b: string) => ({ authorization: `Basic ${Buffer.from(`${a}:${b}`).toString("base64")}` });
  const redeem = (code: string, f: Record<string, string>, h: Record<string, string> = {}) =>
    post(
      "/oauth/v2/token",
      { grant_type: "authorization_code", code, redirect_uri: redirectUri, code_verifier: verifier, ...f },
      h,
    );

  test("client auth", async () => {
    const A = basic(c1.clientId, c1.clientSecret);
    const { code } = await codeFor(c1, ada);
    show("other client", await redeem(code, {}, basic(c2.clientId, c2.clientSecret)));
    show("no secret", await redeem(code, { client_id: c1.clientId }));
    show("empty secret", await redeem(code, { client_id: c1.clientId, client_secret: "" }));
    show("basic empty", await redeem(code, {}, basic(c1.clientId, "")));
    show("both", await redeem(code, { client_id: c1.clientId, client_secret: c1.clientSecret }, A));
    show(
      "post method",
      await post("/oauth/v2/introspect", { token: "x", client_id: c1.clientId, client_secret: c1.clientSecret }),
    );
    show(
      "dup",
      await post("/oauth/v2/token", `grant_type=authorization_code&code=${code}&code=${code}&redirect_uri=x`, A),
    );
    show(
      "assertion",
      await redeem(code, {
        client_id: c1.clientId,
        client_assertion: "x",
        client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
      }),
    );
    show(
      "no verifier",
      await post("/oauth/v2/token", { grant_type: "authorization_code", code, redirect_uri: redirectUri }, A),
    );
    show("plain verifier", await redeem(code, { code_verifier: challenge }, A));
    const ok = await redeem(code, {}, A);
    show("ok", ok.status);
    const t = JSON.parse(ok.text);
    show(
      "intro other project",
      await post("/oauth/v2/introspect", { token: t.access_token }, basic(c3.clientId, c3.clientSecret)),
    );
    show(
      "intro same project",
      (await post("/oauth/v2/introspect", { token: t.access_token }, basic(c2.clientId, c2.clientSecret))).text.slice(
        0,
        60,
      ),
    );
    show("intro refresh", await post("/oauth/v2/introspect", { token: t.refresh_token }, A));
    show("intro id_token", await post("/oauth/v2/introspect", { token: t.id_token }, A));
    show("intro public", await post("/oauth/v2/introspect", { token: t.access_token, client_id: pub.clientId }));
    show(
      "revoke other",
      await post("/oauth/v2/revoke", { token: t.access_token }, basic(c2.clientId, c2.clientSecret)),
    );
    show(
      "revoke other refresh",
      await post("/oauth/v2/revoke", { token: t.refresh_token }, basic(c2.clientId, c2.clientSecret)),
    );
    show("revoke pat", await post("/oauth/v2/revoke", { token: munot.ownerPat }, A));
    show(
      "refresh other",
      await post(
        "/oauth/v2/token",
        { grant_type: "refresh_token", refresh_token: t.refresh_token },
        basic(c2.clientId, c2.clientSecret),
      ),
    );
    const ui = (tok: string) =>
      fetch(`${munot.url}/oidc/v1/userinfo`, { headers: { authorization: `Bearer ${tok}` } }).then(async (r) => [
        r.status,
        await r.text(),
      ]);
    show("userinfo id_token", await ui(t.id_token));
    show("userinfo refresh", await ui(t.refresh_token));
    const s = await d.addSession(ada);
    show("userinfo session", await ui(s.sessionToken));
    show("userinfo pat", await ui(munot.ownerPat));
    show("api with at", await d.call(t.access_token, "user.v2.UserService/GetUserByID", { userId: ada }));
    show("api with id_token", await d.call(t.id_token, "user.v2.UserService/GetUserByID", { userId: ada }));
    show("api with refresh", await d.call(t.refresh_token, "user.v2.UserService/GetUserByID", { userId: ada }));
    const replay = await redeem(code, {}, A);
    show("replay", replay);
    show(
      "after replay",
      await ui(t.access_token),
      await post("/oauth/v2/introspect", { token: t.access_token }, A),
      await post("/oauth/v2/token", { grant_type: "refresh_token", refresh_token: t.refresh_token }, A),
    );
  });
  test("pkce", async () => {
    const A = basic(c1.clientId, c1.clientSecret);
    show("method plain", await authz(c1, { code_challenge_method: "plain" }));
    show("method absent", await authz(c1, { code_challenge_method: null }));
    show("pub without", await authz(pub, { code_challenge: null, code_challenge_method: null }));
    show("pub empty", await authz(pub, { code_challenge: "", code_challenge_method: "" }));
    show("conf empty", await authz(c1, { code_challenge: "", code_challenge_method: "" }));
    const { code } = await codeFor(c1, ada, { code_challenge: null, code_challenge_method: null });
    show("no challenge but verifier", await redeem(code, {}, A));
    show(
      "no challenge no verifier",
      (await post("/oauth/v2/token", { grant_type: "authorization_code", code, redirect_uri: redirectUri }, A)).status,
    );
    const p = await codeFor(pub, ada);
    show("pub with secret", await redeem(p.code, { client_id: pub.clientId, client_secret: "x" }));
    show("pub ok", (await redeem(p.code, { client_id: pub.clientId })).status);
  });
  test("redirects", async () => {
    for (const u of [
      "http://localhost:9/callback/",
      "http://localhost:9/callback?x",
      "http://localhost:9/Callback",
      "http://localhost:9/callback/../x",
      "http://LOCALHOST:9/callback",
      "http://localhost.:9/callback",
      "http://a@localhost:9/callback",
      "http://localhost:9\\@evil/callback",
      "http://localhost:9/callback#x",
      "//localhost:9/callback",
      "http://localhost:9/callback%0d%0aX: y",
      "http://localhost:9/callback\r\nX: y",
      "http://127.0.0.1:9/callback",
      "http://localhost:10/callback",
    ])
      show("redir", u, await authz(c1, { redirect_uri: u }));
    show("split", await authz(c1, { state: "a\r\nSet-Cookie: x=y", scope: "" }));
    show("bad mode", await authz(c1, { response_mode: "form_post" }));
  });
  test("createcallback", async () => {
    const A = (await authz(c1)).location;
    const id = new URL(A, munot.url).searchParams.get("authRequest");
    const sAda = await d.addSession(ada);
    const sEve = await d.addSession(eve);
    const cb = (session: any) =>
      d.call(munot.loginClientPat, "oidc.v2.OIDCService/CreateCallback", { authRequestId: id, session });
    show("foreign token", (await cb({ sessionId: sAda.sessionId, sessionToken: sEve.sessionToken })).body.message);
    show("no token", (await cb({ sessionId: sAda.sessionId, sessionToken: "" })).body.message);
    const unverified = await d.must(munot.ownerPat, "session.v2.SessionService/CreateSession", {
      checks: { user: { userId: ada } },
    });
    show(
      "unverified",
      (await cb({ sessionId: unverified.sessionId, sessionToken: unverified.sessionToken })).body.message,
    );
    const none = await d.must(munot.ownerPat, "session.v2.SessionService/CreateSession", {});
    show("nouser", (await cb({ sessionId: none.sessionId, sessionToken: none.sessionToken })).body.message);
    show(
      "session token as caller",
      (await d.call(sAda.sessionToken, "oidc.v2.OIDCService/CreateCallback", { authRequestId: id, session: sAda })).body
        .message,
    );
    show(
      "unverified session token as bearer",
      (await d.call(String(unverified.sessionToken), "user.v2.UserService/GetUserByID", { userId: ada })).body,
    );
    show(
      "get authreq as user",
      (await d.call(sAda.sessionToken, "oidc.v2.OIDCService/GetAuthRequest", { authRequestId: id })).body.message,
    );
    const scoped = await codeFor(c1, eve, { scope: `openid urn:zitadel:iam:org:id:${org}` });
    show("org scope", scoped.body);
    show(
      "setsession other user",
      (
        await d.call(munot.loginClientPat, "session.v2.SessionService/SetSession", {
          sessionId: sAda.sessionId,
          checks: { user: { userId: eve }, password: { password: testPassword } },
        })
      ).body,
    );
    show(
      "setsession by user",
      (
        await d.call(sEve.sessionToken, "session.v2.SessionService/SetSession", {
          sessionId: sAda.sessionId,
          metadata: { a: "YQ==" },
        })
      ).body.message,
    );
    show(
      "setsession own",
      (
        await d.call(sEve.sessionToken, "session.v2.SessionService/SetSession", {
          sessionId: sEve.sessionId,
          lifetime: "3000s",
        })
      ).body.message,
    );
    show(
      "delete foreign",
      (await d.call(sEve.sessionToken, "session.v2.SessionService/DeleteSession", { sessionId: sAda.sessionId })).body
        .message,
    );
    show(
      "error cb",
      (
        await d.call(munot.loginClientPat, "oidc.v2.OIDCService/CreateCallback", {
          authRequestId: id,
          error: {
            error: "ERROR_REASON_ACCESS_DENIED",
            errorDescription: 'a\r\nX: y"<>',
            errorUri: "javascript:alert(1)",
          },
        })
      ).body,
    );
  });
  test("browsers", async () => {
    const victim = browserOf(munot.url);
    const attacker = browserOf(munot.url);
    const url = relyingParty(munot.url, c1).authorizeUrl();
    const a = await attacker.get(url);
    const cross = await victim.get(a.location ?? "");
    show("attacker's request in victim", cross.status);
    const v = await victim.get(url);
    const p = await victim.get(v.location ?? "");
    const own = await attacker.get("/ui/login");
    // attacker's csrf in victim
    const hid = hidden(p.html);
    const ahid = hidden(own.html);
    show(
      "foreign csrf",
      (await victim.post("/ui/login/name", { ...hid, csrf: ahid.csrf ?? "", loginName: "ada" })).status,
    );
    for (const s of ["cross-site", "same-site", "none", "same-origin", "bogus"]) {
      const r = await fetch(`${munot.url}/ui/login/name`, {
        method: "POST",
        redirect: "manual",
        body: new URLSearchParams({ ...hid, loginName: "ada" }),
        headers: { cookie: [...victim.cookies].map(([n, v]) => `${n}=${v}`).join("; "), "sec-fetch-site": s },
      });
      show("sfs", s, r.status);
    }
    const r0 = await fetch(`${munot.url}/ui/login/name`, {
      method: "POST",
      redirect: "manual",
      body: new URLSearchParams({ ...hid, loginName: "ada" }),
    });
    show("no cookie", r0.status);
    const r1 = await fetch(`${munot.url}/ui/login/name`, {
      method: "POST",
      redirect: "manual",
      body: new URLSearchParams({ ...hid, loginName: "ada" }),
      headers: { cookie: `__Host-munot-browser=planted.abc` },
    });
    show("planted", r1.status, r1.headers.get("set-cookie") ?? "");
    const pw = await victim.submit(p, { loginName: "ada" });
    const done = await victim.submit(pw, { password: testPassword });
    show("done", done.status, done.location ?? "", done.headers.get("content-security-policy") ?? "");
    show(
      "none from other",
      (await attacker.get(relyingParty(munot.url, c1).authorizeUrl({ prompt: "none" }))).location,
    );
    show("none own", (await victim.get(relyingParty(munot.url, c1).authorizeUrl({ prompt: "none" }))).location);
    show(
      "none for other org client",
      (await victim.get(relyingParty(munot.url, c3).authorizeUrl({ prompt: "none" }))).location,
    );
    show("signed request again", (await victim.submit(pw, { password: testPassword })).status);
    // csp injection
    for (const t of ["https://x;sandbox", "https://*", "https://a,b", "javascript:alert(1)"]) {
      const so = await victim.get(
        `/ui/login/sign-out?${new URLSearchParams({ next: `/oidc/v1/end_session?post_logout_redirect_uri=${encodeURIComponent(t)}` })}`,
      );
      show("csp", t, so.headers.get("content-security-policy") ?? "");
    }
  });
});
