import { afterAll, beforeAll, expect, test } from "vitest";
import { browserOf, directoryOf, redirectUri, relyingParty, signInByApi, testPassword } from "../harness/client.ts";
import { onEachDatabase, type RunningMunot, startMunot } from "../harness/munot.ts";

onEachDatabase("attack", (database) => {
  let munot: RunningMunot;
  let d: ReturnType<typeof directoryOf>;
  let org = "",
    project = "",
    ada = "";
  beforeAll(async () => {
    munot = await startMunot({ database });
    d = directoryOf(munot);
    org = await d.addOrg("Acme");
    project = await d.addProject(org, "p");
    ada = await d.addUser(org, { userName: "ada" });
  });
  afterAll(async () => {
    console.log(
      munot
        .output()
        .split("\n")
        .filter((l) => /error|warn/i.test(l))
        .slice(0, 40)
        .join("\n"),
    );
    await munot?.stop();
  });
  const show = (name: string, ...x: unknown[]) =>
    console.log(
      database,
      name,
      ...x.map((v) => (typeof v === "string" ? v.slice(0, 300) : JSON.stringify(v)?.slice(0, 400))),
    );

  test("next", async () => {
    for (const next of [
      "/.//evil.com",
      "/x/..//evil.com",
      "//evil.com",
      "/\\evil.com",
      "/\t/evil.com",
      "/%2f%2fevil.com",
      "https://evil.com/",
      "/%2e//evil.com",
      "/./\\evil.com",
    ]) {
      const b = browserOf(munot.url);
      const p = await b.get(`/ui/login/sign-out?${new URLSearchParams({ next })}`);
      show("next", next, p.status, p.location);
    }
  });
  test("nul", async () => {
    const b = browserOf(munot.url);
    const p = await b.get("/ui/login");
    const r = await b.submit(p, { loginName: "a\0b" });
    show("nul loginName", r.status, r.html.match(/<h1>.*<\/h1>/)?.[0]);
    const q = await b.submit(p, { loginName: "ada" });
    const r2 = await b.submit(q, { password: "a\0b" });
    show("nul password", r2.status);
    const r3 = await b.submit(q, { loginName: "a\0b", password: "xx" });
    show("nul name at password", r3.status);
    const r4 = await b.get("/ui/login?authRequest=%00");
    show("nul auth request", r4.status);
    const r5 = await fetch(`${munot.url}/oidc/v1/end_session?state=%00`);
    show("nul end", r5.status);
    const r6 = await fetch(`${munot.url}/oauth/v2/authorize?client_id=%00`);
    show("nul authorize", r6.status);
    const r7 = await fetch(`${munot.url}/ui/login?ui_locales=%00&authRequest=V2_%ff`);
    show("bad pct", r7.status);
  });
  test("api junk", async () => {
    const c = (m: string, x: object) =>
      d.call(munot.ownerPat, m, x).then((r) => show(m, JSON.stringify(x).slice(0, 80), r.status, r.body));
    await c("user.v2.UserService/ListUsers", { queries: [{ userNameQuery: { userName: "a\0b" } }] });
    await c("user.v2.UserService/ListUsers", {
      queries: [{ userNameQuery: { userName: "\ud800", method: "TEXT_QUERY_METHOD_CONTAINS" } }],
    });
    await c("user.v2.UserService/ListUsers", { query: { offset: "9007199254740991" } });
    await c("user.v2.UserService/ListUsers", { query: { offset: "18446744073709551615" } });
    await c("user.v2.UserService/ListUsers", { query: { limit: 4294967295 } });
    await c("user.v2.UserService/ListUsers", { query: { limit: -1 } });
    await c("user.v2.UserService/GetUserByID", { userId: "a\0" });
    await c("user.v2.UserService/GetUserByID", { userId: "x".repeat(100000) });
    await c("user.v2.UserService/ListUsers", {
      queries: Array.from({ length: 10000 }, () => ({ userNameQuery: { userName: "a" } })),
    });
    await c("user.v2.UserService/ListUsers", {
      queries: [{ inUserIdsQuery: { userIds: Array.from({ length: 10000 }, () => "a") } }],
    });
    for (const n of [5, 50, 200, 20000]) {
      let q = '{"userNameQuery":{"userName":"a"}}';
      q = '{"notQuery":{"query":'.repeat(n) + q + "}}".repeat(n);
      for (const path of ["/zitadel.user.v2.UserService/ListUsers", "/v2/users"]) {
        const r = await fetch(`${munot.url}${path}`, {
          method: "POST",
          headers: { authorization: `Bearer ${munot.ownerPat}`, "content-type": "application/json" },
          body: `{"queries":[${q}]}`,
        });
        show("nest", n, path, r.status, await r.text());
      }
    }
    await c("session.v2.SessionService/ListSessions", {
      queries: [{ idsQuery: { ids: Array.from({ length: 40000 }, () => "a") } }],
    });
    await c("session.v2.SessionService/ListSessions", { queries: [{ userIdQuery: { id: "a\0" } }] });
    await c("session.v2.SessionService/CreateSession", { lifetime: "-5s" });
    await c("session.v2.SessionService/CreateSession", { lifetime: "315576000000s" });
    await c("session.v2.SessionService/CreateSession", { lifetime: "0.000000001s" });
    await c("session.v2.SessionService/CreateSession", { checks: { user: { loginName: "a\0" } } });
    await c("session.v2.SessionService/CreateSession", { metadata: { __proto__: "YQ==" } });
    await c("session.v2.SessionService/CreateSession", {
      userAgent: { description: "a\0", header: { __proto__: { values: ["x"] } } },
    });
    await c("org.v2.OrganizationService/AddOrganization", { name: "instance", orgId: "instance" });
    await c("org.v2.OrganizationService/AddOrganization", { name: "x2", orgId: "_search" });
    await c("org.v2.OrganizationService/AddOrganization", { name: "x3", orgId: "__proto__" });
    await c("org.v2.OrganizationService/AddOrganization", { name: "\u202e\u0000" });
    await c("org.v2.OrganizationService/AddOrganization", { name: "日本" });
    await c("org.v2.OrganizationService/AddOrganization", { name: "日本2" });
    await c("org.v2.OrganizationService/AddOrganization", {
      name: "e1",
      admins: [{ userId: ada, roles: ["IAM_OWNER"] }],
    });
    await c("org.v2.OrganizationService/AddOrganization", {
      name: "e2",
      admins: [{ userId: ada, roles: ["__proto__"] }],
    });
    await c("org.v2.OrganizationService/AddOrganization", {
      name: "e3",
      admins: [{ userId: ada, roles: ["SYSTEM_OWNER"] }],
    });
    await c("user.v2.UserService/AddPersonalAccessToken", { userId: ada, expirationDate: "9999-12-31T00:00:00Z" });
    const m = await d.addMachine(org, "robot");
    await c("user.v2.UserService/AddPersonalAccessToken", { userId: m, expirationDate: "9999-12-31T23:59:59Z" });
    await c("user.v2.UserService/AddPersonalAccessToken", { userId: m, expirationDate: "0001-01-01T00:00:00Z" });
    await c("user.v2.UserService/CreateUser", {
      organizationId: org,
      userId: "me",
      username: "q",
      machine: { name: "x" },
    });
    const r = await fetch(`${munot.url}/zitadel.user.v2.UserService/GetUserByID`, {
      method: "POST",
      headers: { authorization: `Bearer ${munot.ownerPat}`, "content-type": "application/json" },
      body: "[".repeat(1000000),
    });
    show("deep [", r.status, await r.text());
  });
});
