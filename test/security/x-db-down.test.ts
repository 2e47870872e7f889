import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { directoryOf, type OidcClient, relyingParty, rpcClient, signInByApi, type Tokens } from "../harness/client.ts";
import { type RunningMunot, startMunot } from "../harness/munot.ts";
import { type Cluster, startCluster } from "../harness/postgres.ts";
import { emptyGrpcMessage, rawHttp1, rawHttp2 } from "../harness/raw.ts";

/** What nobody outside may read of the database: its address, port, user, and the words of its driver. */
const leaks = (cluster: Cluster) =>
  new RegExp(`127\\.0\\.0\\.1|${new URL(cluster.url).port}|ECONN|postgres|node_modules|at .*\\.js`, "i");

const until = async (what: string, holds: () => Promise<boolean>): Promise<void> => {
  const deadline = performance.now() + 30_000;
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error(`${what} did not come`);
    await sleep(50);
  }
};

let cluster: Cluster;
let munot: RunningMunot;
let client: OidcClient;
let tokens: Tokens;

const readiness = async () => (await fetch(`${munot.url}/debug/ready`)).status;

beforeAll(async () => {
  cluster = await startCluster();
  munot = await startMunot({ database: "sqlite", env: { MUNOT_DATABASE_URL: cluster.url } });
  const directory = directoryOf(munot);
  const orgId = await directory.addOrg("Acme");
  const userId = await directory.addUser(orgId, { userName: "ada" });
  client = await directory.addClient(await directory.addProject(orgId, "Notes"), "Notes");
  ({ tokens } = await signInByApi(munot, client, userId));
  expect(await readiness()).toBe(200);
  await cluster.halt();
  await until("412", async () => (await readiness()) === 412);
});
afterAll(async () => {
  await munot?.stop();
  await cluster?.stop();
});

test("while PostgreSQL is away every protocol says so in general words only", async () => {
  const authorization = `Bearer ${munot.ownerPat}`;
  const json = { "content-type": "application/json", authorization };
  const form = { "content-type": "application/x-www-form-urlencoded" };
  const rpc = "/zitadel.org.v2.OrganizationService/ListOrganizations";
  const answers = {
    Connect: await rawHttp1(munot.url + rpc, { method: "POST", headers: json, body: "{}" }),
    REST: await rawHttp1(`${munot.url}/v2/organizations/_search`, { method: "POST", headers: json, body: "{}" }),
    gRPC: await rawHttp2(munot.url + rpc, {
      method: "POST",
      headers: { authorization, "content-type": "application/grpc", te: "trailers" },
      body: emptyGrpcMessage,
    }),
    "gRPC-web": await rawHttp1(munot.url + rpc, {
      method: "POST",
      headers: { authorization, "content-type": "application/grpc-web+proto" },
      body: emptyGrpcMessage,
    }),
    token: await rawHttp1(`${munot.url}/oauth/v2/token`, {
      method: "POST",
      headers: form,
      body: `grant_type=refresh_token&refresh_token=${tokens.refresh_token}`,
    }),
    userinfo: await rawHttp1(`${munot.url}/oidc/v1/userinfo`, {
      headers: { authorization: `Bearer ${tokens.access_token}` },
    }),
    discovery: await rawHttp1(`${munot.url}/.well-known/openid-configuration`),
    authorize: await rawHttp1(relyingParty(munot.url, client).authorizeUrl(), { headers: { accept: "text/html" } }),
    login: await rawHttp1(`${munot.url}/ui/login`, { headers: { accept: "text/html" } }),
    ready: await rawHttp1(`${munot.url}/debug/ready`),
  };
  for (const [name, { headers, body }] of Object.entries(answers)) {
    const { date: _date, ...told } = headers;
    expect([name, `${JSON.stringify(told)}${body}`.replaceAll(munot.url, "")]).toEqual([
      name,
      expect.not.stringMatching(leaks(cluster)),
    ]);
  }
  const statuses = Object.fromEntries(Object.entries(answers).map(([name, { status }]) => [name, status]));
  expect(statuses).toEqual({
    Connect: 500,
    REST: 500,
    gRPC: 200,
    "gRPC-web": 200,
    token: 500,
    userinfo: 500,
    discovery: 500,
    authorize: 500,
    login: 500,
    ready: 412,
  });
  expect(answers.gRPC.headers["grpc-status"]).toBe("13");
  expect(JSON.parse(answers.token.body)).toMatchObject({ error: "server_error" });
  // The process itself lives on.
  expect((await fetch(`${munot.url}/debug/healthz`)).status).toBe(200);
});

test("when PostgreSQL is back, so are we, with everything", async () => {
  await cluster.resume();
  await until("200", async () => (await readiness()) === 200);
  const party = relyingParty(munot.url, client);
  expect((await party.userinfo(tokens.access_token)).status).toBe(200);
  expect((await party.refresh(tokens.refresh_token)).status).toBe(200);
  const listed = await rpcClient(munot.url).call(munot.ownerPat, "org.v2.OrganizationService/ListOrganizations", {});
  expect(listed.code).toBe("ok");
});
