import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { directoryOf, relyingParty, rpcClient, testPassword } from "../harness/client.ts";
import { onEachDatabase, type RunningMunot, startMunot } from "../harness/munot.ts";
import { emptyGrpcMessage, type RawAnswer, rawHttp1, rawHttp2, rawLines } from "../harness/raw.ts";

const evil = "evil.example";

/** What a stranger may send to make us believe that we are somewhere else. */
const hostile: readonly Readonly<Record<string, string>>[] = [
  { "x-forwarded-host": evil },
  { "x-forwarded-host": `localhost, ${evil}` },
  { forwarded: `host=${evil};proto=https` },
  { "x-forwarded-proto": "https" },
  { "x-forwarded-port": "4711", "x-forwarded-prefix": `//${evil}` },
  { "x-original-url": `https://${evil}/`, "x-rewrite-url": `https://${evil}/` },
  { "x-zitadel-instance-host": evil },
  { "x-zitadel-public-host": evil },
  { "x-zitadel-forward-host": evil, "x-host": evil },
  { "x-zitadel-login-client": "1" },
  { origin: `https://${evil}`, referer: `https://${evil}/` },
];

/** Everything of an answer that could lead people somewhere; ids and keys that differ each time are masked. */
const shape = ({ status, headers, body }: RawAnswer) => ({
  status,
  location: String(headers.location ?? "").replace(/V2_\d+/g, "V2_"),
  cookies: [headers["set-cookie"] ?? []].flat().map((cookie) => cookie.replace(/=[^;]*/, "=")),
  policy: headers["content-security-policy"],
  body: body.replace(/V2_\d+/g, "V2_").replace(/value="[^"]*"/g, ""),
});

onEachDatabase("hostile headers change nothing", (database) => {
  let munot: RunningMunot;
  let paths: readonly string[];
  let clientId: string;
  beforeAll(async () => {
    munot = await startMunot({ database });
    const directory = directoryOf(munot);
    const orgId = await directory.addOrg("Acme");
    await directory.addUser(orgId, { userName: "ada" });
    const client = await directory.addClient(await directory.addProject(orgId, "Notes"), "Notes");
    clientId = client.clientId;
    paths = [
      "/",
      "/.well-known/openid-configuration",
      relyingParty(munot.url, client).authorizeUrl().slice(munot.url.length),
      "/oidc/v1/end_session",
      `/oidc/v1/end_session?client_id=${clientId}&post_logout_redirect_uri=https://${evil}/`,
      "/ui/login",
      "/ui/login/signed-out",
      "/oauth/v2/authorize",
      "/nothing-here",
    ];
  });
  afterAll(() => munot?.stop());

  test.each([
    ["/.well-known/openid-configuration", ["localhost", evil]],
    ["/zitadel.user.v2.UserService/ListUsers", [evil, "localhost"]],
    ["/ui/login", ["localhost", "localhost"]],
    ["/debug/ready", ["localhost", evil]],
  ])("a request for two hosts is refused: %s for %j", async (path, hosts) => {
    const answer = await rawLines(munot.url, [
      `GET ${path} HTTP/1.1`,
      ...hosts.map((host) => `Host: ${host}`),
      "Connection: close",
    ]);
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
    expect(answer).not.toContain(evil);
  });

  test.each(["localhost\\@evil.example", "localhost/evil", "localhost?x", "localhost#x", "ada@localhost"])(
    "what only begins like a host of ours names no instance: %s",
    async (host) => {
      const lines = ["GET /.well-known/openid-configuration HTTP/1.1", `Host: ${host}`, "Connection: close"];
      expect(await rawLines(munot.url, lines)).toMatch(/^HTTP\/1\.1 (400|404) /);
    },
  );

  test("issuer, links, redirects and cookies stay, whatever is sent beside the host", async () => {
    for (const path of paths) {
      const plain = shape(await rawHttp1(munot.url + path));
      for (const headers of hostile) {
        const answer = shape(await rawHttp1(munot.url + path, { headers }));
        expect([path, headers, answer]).toEqual([path, headers, plain]);
      }
    }
  });

  test("the issuer is that of the external URL for every name under which we are reached", async () => {
    for (const host of [
      `127.0.0.1:${munot.port}`,
      `anything.localhost:${munot.port}`,
      "localhost",
      `[::1]:${munot.port}`,
    ]) {
      const answer = await rawHttp1(`${munot.url}/.well-known/openid-configuration`, { headers: { host } });
      expect([host, answer.status]).toEqual([host, 200]);
      const { issuer, token_endpoint } = JSON.parse(answer.body);
      expect([issuer, token_endpoint]).toEqual([munot.url, `${munot.url}/oauth/v2/token`]);
    }
  });

  test("HTTP/2: the authority counts, a host header beside it does not", async () => {
    const path = "/.well-known/openid-configuration";
    const headers = { ":authority": `localhost:${munot.port}`, host: evil };
    const answer = await rawHttp2(munot.url + path, { headers });
    expect([answer.status, JSON.parse(answer.body).issuer]).toEqual([200, munot.url]);
    const other = await rawHttp2(munot.url + path, { headers: { ":authority": evil } });
    expect(other.status).toBe(404);
  });

  test("the callback of an auth request is made from the external URL", async () => {
    const directory = directoryOf(munot);
    const added = await directory.addOrg("Links");
    const userId = await directory.addUser(added, { userName: "grace" });
    const client = await directory.addClient(await directory.addProject(added, "Links"), "Links");
    const session = await directory.addSession(userId, testPassword);
    for (const headers of hostile) {
      const authRequestId = await relyingParty(munot.url, client).begin(headers);
      const answer = await rawHttp1(`${munot.url}/zitadel.oidc.v2.OIDCService/CreateCallback`, {
        method: "POST",
        headers: { ...headers, "content-type": "application/json", authorization: `Bearer ${munot.loginClientPat}` },
        body: JSON.stringify({ authRequestId, session }),
      });
      expect(JSON.parse(answer.body).callbackUrl).toMatch(/^http:\/\/localhost:9\/callback\?code=/);
    }
  });

  describe("a host that is not registered", () => {
    const unknown = { host: evil };

    test("a browser gets the page that names the setting and the command", async () => {
      for (const path of ["/", "/ui/login", "/oauth/v2/authorize?client_id=1"]) {
        const answer = await rawHttp1(munot.url + path, { headers: { ...unknown, accept: "text/html" } });
        expect([path, answer.status, answer.headers["content-type"]]).toEqual([path, 404, "text/html; charset=utf-8"]);
        expect(answer.body).toContain("MUNOT_EXTERNAL_URL");
        expect(answer.body).toContain("munot doctor");
        expect(answer.body).not.toMatch(new RegExp(`(href|src|action)="[^"]*${evil}`));
        expect(answer.headers["set-cookie"]).toBeUndefined();
      }
    });

    test("the page shows a host with markup as text", async () => {
      const answer = await rawHttp1(`${munot.url}/`, { headers: { host: `"><script>alert(1)</script>` } });
      expect(answer.body).not.toContain("<script>alert");
    });

    test("gRPC, Connect and REST answer not found in their own form, and name the setting", async () => {
      const rpc = "/zitadel.user.v2.UserService/ListUsers";
      const post = { method: "POST", headers: { ...unknown, "content-type": "application/json" }, body: "{}" };
      const connect = await rawHttp1(munot.url + rpc, post);
      expect([connect.status, JSON.parse(connect.body)]).toMatchObject([
        404,
        { code: "not_found", message: expect.stringContaining("MUNOT_EXTERNAL_URL") },
      ]);
      const rest = await rawHttp1(`${munot.url}/v2/users`, post);
      expect([rest.status, JSON.parse(rest.body)]).toMatchObject([
        404,
        { code: 5, message: expect.stringContaining("munot doctor") },
      ]);
      const grpc = await rawHttp2(munot.url + rpc, {
        method: "POST",
        headers: { ":authority": evil, "content-type": "application/grpc", te: "trailers" },
        body: emptyGrpcMessage,
      });
      expect([grpc.status, grpc.headers["grpc-status"]]).toEqual([200, "5"]);
      expect(decodeURIComponent(String(grpc.headers["grpc-message"]))).toContain("MUNOT_EXTERNAL_URL");
    });

    test("OpenID Connect's machine endpoints answer in JSON", async () => {
      for (const path of ["/.well-known/openid-configuration", "/oauth/v2/keys"]) {
        const answer = await rawHttp1(munot.url + path, { headers: { ...unknown, accept: "application/json" } });
        expect([path, answer.status]).toEqual([path, 404]);
        expect(JSON.parse(answer.body)).toMatchObject({
          error_description: expect.stringContaining("MUNOT_EXTERNAL_URL"),
        });
      }
    });
  });

  test("the first administrator's link carries the external URL", async () => {
    expect(await rpcClient(munot.url).call(null, "user.v2.UserService/ListUsers", {})).toMatchObject({ status: 401 });
    expect(munot.output()).toContain(`${munot.url}/ui/login/first-administrator?token=al_`);
  });
});

onEachDatabase("behind a trusted proxy", (database) => {
  let munot: RunningMunot;
  beforeAll(async () => {
    munot = await startMunot({ database, env: { MUNOT_TRUSTED_PROXIES: "127.0.0.1,::1" } });
  });
  afterAll(() => munot?.stop());

  test("a forwarded host chooses among registered ones only, and never the issuer", async () => {
    const get = (headers: Record<string, string>) =>
      rawHttp1(`${munot.url}/.well-known/openid-configuration`, { headers });
    expect((await get({ "x-forwarded-host": evil })).status).toBe(404);
    const answer = await get({ "x-forwarded-host": `localhost:${munot.port}`, "x-forwarded-proto": "https" });
    expect([answer.status, JSON.parse(answer.body).issuer]).toEqual([200, munot.url]);
    // What stands left of the last hop is the caller's own claim.
    const spoofed = await get({ "x-forwarded-host": `${evil}, localhost:${munot.port}` });
    expect(JSON.parse(spoofed.body).issuer).toBe(munot.url);
  });

  test("x-zitadel-instance-host chooses among registered hosts, x-zitadel-public-host changes no link", async () => {
    const call = async (headers: Record<string, string>) =>
      (
        await rawHttp1(`${munot.url}/zitadel.org.v2.OrganizationService/ListOrganizations`, {
          method: "POST",
          headers: { "content-type": "application/json", authorization: `Bearer ${munot.ownerPat}`, ...headers },
          body: "{}",
        })
      ).status;
    expect(await call({ "x-zitadel-instance-host": evil })).toBe(404);
    expect(await call({ "x-zitadel-instance-host": `localhost:${munot.port}` })).toBe(200);
    expect(await call({ "x-zitadel-public-host": evil })).toBe(200);
  });
});
