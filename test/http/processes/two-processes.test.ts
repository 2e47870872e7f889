import pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  browserOf,
  directoryOf,
  type OidcClient,
  relyingParty,
  rpcClient,
  signInByApi,
  testPassword,
} from "../../harness/client.ts";
import type { RunningMunot } from "../../harness/munot.ts";
import { type RunningProcesses, startProcesses } from "../../harness/processes.ts";

let munot: RunningProcesses;
let orgId: string;
let client: OidcClient;

/** The same installation as one of its processes serves it. */
const through = (node: RunningMunot) => ({
  url: node.url,
  ownerPat: munot.ownerPat,
  loginClientPat: munot.loginClientPat,
});
const both = (): readonly [RunningMunot, RunningMunot] => {
  const [first, second] = munot.nodes;
  if (first === undefined || second === undefined) throw new Error("two processes were started");
  return [first, second];
};
const addUser = (userName: string) => directoryOf(munot).addUser(orgId, { userName });

beforeAll(async () => {
  munot = await startProcesses();
  const directory = directoryOf(munot);
  orgId = await directory.addOrg("Acme");
  client = await directory.addClient(await directory.addProject(orgId, "Notes"), "Notes");
});
afterAll(() => munot?.stop());

test("both start at once on an empty database: there is one instance, one pair of signing keys", async () => {
  const database = new pg.Client({ connectionString: munot.databaseUrl });
  await database.connect();
  const count = async (table: string) => (await database.query(`select count(*)::int as n from ${table}`)).rows[0].n;
  try {
    expect([await count("instances"), await count("master_key")]).toEqual([1, 1]);
    // The instance's key and the installation's.
    expect(await count("instance_keys")).toBe(2);
    expect(await count("web_keys")).toBe(2);
  } finally {
    await database.end();
  }
  const keys = await Promise.all(both().map(async ({ url }) => (await fetch(`${url}/oauth/v2/keys`)).json()));
  expect(keys[0]).toEqual(keys[1]);
});

test("a sign-in through the login pages, userinfo, introspection and refresh, each request on another process", async () => {
  await addUser("ada");
  const party = relyingParty(munot.url, client);
  const before = munot.balancer.answered();
  const browser = browserOf(munot.url);
  const begun = await browser.get(party.authorizeUrl());
  const namePage = await browser.get(begun.location ?? "");
  const passwordPage = await browser.submit(namePage, { loginName: "ada" });
  const done = await browser.submit(passwordPage, { password: testPassword });
  const tokens = await party.redeem(done.location ?? "");
  for (let round = 0; round < 3; round += 1) {
    expect((await party.userinfo(tokens.access_token)).status).toBe(200);
    expect(await party.isActive(tokens.access_token)).toBe(true);
  }
  const refreshed = await party.refresh(tokens.refresh_token);
  expect(refreshed.status).toBe(200);
  const served = munot.balancer.answered().map((count, index) => count - (before[index] ?? 0));
  expect(Math.abs((served[0] ?? 0) - (served[1] ?? 0))).toBeLessThanOrEqual(1);
});

test("a sign-in through the Session API; the token of one process is good on the other", async () => {
  const userId = await addUser("bert");
  const { tokens } = await signInByApi(munot, client, userId);
  for (const node of both()) {
    const party = relyingParty(node.url, client);
    const info = await party.userinfo(tokens.access_token);
    expect(await info.json()).toMatchObject({ sub: userId });
    expect(await party.isActive(tokens.access_token)).toBe(true);
  }
});

test("who signed in on one process is signed in on the other without being asked", async () => {
  await addUser("cleo");
  const party = relyingParty(munot.url, client);
  const browser = browserOf(munot.url);
  const begun = await browser.get(party.authorizeUrl());
  const passwordPage = await browser.submit(await browser.get(begun.location ?? ""), { loginName: "cleo" });
  await browser.submit(passwordPage, { password: testPassword });
  for (let round = 0; round < 4; round += 1) {
    const silent = await browser.get(party.authorizeUrl({ prompt: "none" }));
    expect(silent.location).toMatch(/callback\?code=/);
  }
});

test.each([
  ["the first locks, the second refuses", 0, 1],
  ["the second locks, the first refuses", 1, 0],
] as const)("a locked user is refused by the other process at the next request: %s", async (_name, one, other) => {
  const [locker, refuser] = [both()[one], both()[other]];
  const userId = await addUser(`locked-${one}`);
  const { tokens, sessionToken } = await signInByApi(munot, client, userId);
  const party = relyingParty(refuser.url, client);
  // Asked before, so that anything the process remembers of the user is there to be stale.
  expect((await party.userinfo(tokens.access_token)).status).toBe(200);
  expect(await party.isActive(tokens.access_token)).toBe(true);
  expect((await rpcClient(refuser.url).call(sessionToken, "user.v2.UserService/GetUserByID", { userId })).code).toBe(
    "ok",
  );

  await rpcClient(locker.url).must(munot.ownerPat, "user.v2.UserService/LockUser", { userId });
  expect((await party.userinfo(tokens.access_token)).status).toBe(401);
  expect(await party.isActive(tokens.access_token)).toBe(false);
  expect((await party.refresh(tokens.refresh_token)).status).toBe(400);
  const { code } = await rpcClient(refuser.url).call(sessionToken, "user.v2.UserService/GetUserByID", { userId });
  expect(code).toBe("unauthenticated");
  await expect(directoryOf(through(refuser)).addSession(userId)).rejects.toThrow(/failed_precondition/);
});

test("a session that ended on one process is over on the other", async () => {
  const [first, second] = both();
  const userId = await addUser("dora");
  const { tokens, sessionId, sessionToken } = await signInByApi(munot, client, userId);
  const party = relyingParty(second.url, client);
  expect((await party.userinfo(tokens.access_token)).status).toBe(200);
  await rpcClient(first.url).must(munot.ownerPat, "session.v2.SessionService/DeleteSession", { sessionId });
  expect((await party.userinfo(tokens.access_token)).status).toBe(401);
  expect((await party.refresh(tokens.refresh_token)).status).toBe(400);
  const { code } = await rpcClient(second.url).call(sessionToken, "user.v2.UserService/GetUserByID", { userId });
  expect(code).toBe("unauthenticated");
});

test("a permission that was taken on one process is gone on the other", async () => {
  const [first, second] = both();
  const directory = directoryOf(munot);
  const machine = await directory.addMachine(orgId, "helper");
  const pat = await directory.addPat(machine);
  const list = () => rpcClient(second.url).call(pat, "user.v2.UserService/GetUserByID", { userId: machine });
  expect((await list()).code).toBe("ok");
  await rpcClient(first.url).must(munot.ownerPat, "user.v2.UserService/DeactivateUser", { userId: machine });
  expect((await list()).code).toBe("unauthenticated");
});

test("a web key that was made and activated on one process signs and verifies on the other", async () => {
  const [first, second] = both();
  const userId = await addUser("emil");
  const { must } = rpcClient(first.url);
  const made = await must(munot.ownerPat, "webkey.v2.WebKeyService/CreateWebKey", { ed25519: {} });
  await must(munot.ownerPat, "webkey.v2.WebKeyService/ActivateWebKey", { id: made.id });
  const { tokens } = await signInByApi(through(second), client, userId);
  const header = JSON.parse(Buffer.from(tokens.id_token.split(".")[0] ?? "", "base64url").toString());
  expect(header.kid).toBe(made.id);
  for (const { url } of both()) {
    // RFC 7517 §5: a key set is an object with `keys`.
    const { keys } = (await (await fetch(`${url}/oauth/v2/keys`)).json()) as { keys: { kid: string }[] };
    expect(keys.map(({ kid }) => kid)).toContain(made.id);
  }
});

test("wrong passwords are counted exactly, however they are spread over the processes", async () => {
  const userId = await addUser("fritz");
  const guess = (url: string) =>
    rpcClient(url).call(munot.ownerPat, "session.v2.SessionService/CreateSession", {
      checks: { user: { userId }, password: { password: "wrong" } },
    });
  const answers = await Promise.all(Array.from({ length: 12 }, () => guess(munot.url)));
  expect(answers.every(({ code }) => code !== "ok" && code !== "internal")).toBe(true);
  const last = await guess(munot.url);
  const counts = JSON.stringify(last.body);
  const database = new pg.Client({ connectionString: munot.databaseUrl });
  await database.connect();
  try {
    const { rows } = await database.query("select count(*)::int as n from events where type = $1 and id = $2", [
      "user.human.password.check.failed",
      userId,
    ]);
    expect(rows[0].n, counts).toBe(13);
  } finally {
    await database.end();
  }
});

/** A code that waits to be redeemed, as the callback URL that carries it. */
const newCallback = async (userId: string): Promise<string> => {
  const session = await directoryOf(munot).addSession(userId);
  const authRequestId = await relyingParty(munot.url, client).begin();
  const { callbackUrl } = await rpcClient(munot.url).must(munot.loginClientPat, "oidc.v2.OIDCService/CreateCallback", {
    authRequestId,
    session,
  });
  return String(callbackUrl);
};

test("one code redeemed over both processes in parallel: one wins at most, and the misuse revokes what it gave", async () => {
  const userId = await addUser("gina");
  const parties = both().map(({ url }) => relyingParty(url, client));
  for (let round = 0; round < 5; round += 1) {
    const callback = await newCallback(userId);
    const outcomes = await Promise.allSettled([...parties, ...parties].map((party) => party.redeem(callback)));
    const won = outcomes.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
    const lost = outcomes.flatMap((one) => (one.status === "rejected" ? [String(one.reason)] : []));
    expect([won.length, lost.length]).toEqual([1, 3]);
    expect(lost.every((reason) => reason.includes("invalid_grant"))).toBe(true);
    for (const party of parties) {
      expect(await party.isActive(won[0]?.access_token ?? "")).toBe(false);
      expect((await party.refresh(won[0]?.refresh_token ?? "")).status).toBe(400);
    }
  }
});

test("one refresh token used over both processes in parallel: one wins at most, and the family is revoked", async () => {
  const userId = await addUser("hugo");
  const parties = both().map(({ url }) => relyingParty(url, client));
  for (let round = 0; round < 5; round += 1) {
    const { tokens } = await signInByApi(munot, client, userId);
    const answers = await Promise.all([...parties, ...parties].map((party) => party.refresh(tokens.refresh_token)));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 400, 400, 400]);
    // The token endpoint's answer (RFC 6749 §5.1).
    const won = (await answers.find(({ status }) => status === 200)?.json()) as {
      access_token: string;
      refresh_token: string;
    };
    for (const party of parties) {
      expect(await party.isActive(won.access_token)).toBe(false);
      expect((await party.refresh(won.refresh_token)).status).toBe(400);
    }
  }
});
