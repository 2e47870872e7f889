import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  browserOf,
  directoryOf,
  type OidcClient,
  relyingParty,
  rpcClient,
  signInByApi,
  testPassword,
} from "../../harness/client.ts";
import { munotCommand, runToEnd } from "../../harness/command.ts";
import type { RunningMunot } from "../../harness/munot.ts";
import { earlierPrograms, newerEntry, startReleases, type TwoReleases } from "../../harness/releases.ts";

const until = async (what: string, holds: () => Promise<boolean>): Promise<void> => {
  const deadline = performance.now() + 30_000;
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error(`it never came to this: ${what}`);
    await sleep(50);
  }
};

const readiness = async ({ url }: RunningMunot): Promise<number> => (await fetch(`${url}/debug/ready`)).status;

/** What a client may try again without asking anybody. */
const isRetriable = (status: number, code: string): boolean =>
  [429, 502, 503, 504].includes(status) || ["unavailable", "aborted", "resource_exhausted"].includes(code);

/** What must hold of any two releases that run side by side. */
const sideBySide = (start: () => Promise<TwoReleases>, more: (munot: () => TwoReleases) => void): void => {
  let munot: TwoReleases;
  let orgId: string;
  let client: OidcClient;
  const at = (age: "older" | "newer") => ({
    url: munot.node[age].url,
    ownerPat: munot.ownerPat,
    loginClientPat: munot.loginClientPat,
  });
  const ways = [
    ["older", "newer"],
    ["newer", "older"],
  ] as const;

  beforeAll(async () => {
    munot = await start();
    orgId = await directoryOf(munot).addOrg("Acme");
    client = await directoryOf(munot).addClient(await directoryOf(munot).addProject(orgId, "Notes"), "Notes");
  }, 120_000);
  afterAll(() => munot?.stop());

  test.each(ways)("a user made by the %s one is read, changed and locked by the %s one", async (one, other) => {
    const userId = await directoryOf(at(one)).addUser(orgId, { userName: `made-by-${one}` });
    const { must } = rpcClient(at(other).url);
    expect(await must(munot.ownerPat, "user.v2.UserService/GetUserByID", { userId })).toMatchObject({
      user: { username: `made-by-${one}` },
    });
    const { tokens } = await signInByApi(at(other), client, userId);
    expect((await relyingParty(at(one).url, client).userinfo(tokens.access_token)).status).toBe(200);
    await must(munot.ownerPat, "user.v2.UserService/LockUser", { userId });
    expect((await relyingParty(at(one).url, client).userinfo(tokens.access_token)).status).toBe(401);
    await expect(directoryOf(at(one)).addSession(userId)).rejects.toThrow(/failed_precondition/);
    await rpcClient(at(one).url).must(munot.ownerPat, "user.v2.UserService/UnlockUser", { userId });
    await directoryOf(at(other)).addSession(userId);
  });

  test.each(ways)("a sign-in begun on the %s one is ended on the %s one", async (one, other) => {
    const userName = `signs-in-${one}`;
    await directoryOf(munot).addUser(orgId, { userName });
    const begun = browserOf(at(one).url);
    const started = await begun.get(relyingParty(at(one).url, client).authorizeUrl());
    expect(started.location).toMatch(/authRequest=/);
    // The same browser goes on at the other process: through the proxy, each request at the next one.
    const browser = browserOf(munot.url);
    const toLogin = await browser.get(relyingParty(munot.url, client).authorizeUrl());
    const passwordPage = await browser.submit(await browser.get(toLogin.location ?? ""), { loginName: userName });
    const done = await browser.submit(passwordPage, { password: testPassword });
    const tokens = await relyingParty(at(other).url, client).redeem(done.location ?? "");
    const refreshed = await relyingParty(at(one).url, client).refresh(tokens.refresh_token);
    expect(refreshed.status).toBe(200);
    // RFC 6749 §5.1: the token endpoint's answer.
    const { access_token: renewed } = (await refreshed.json()) as { access_token: string };
    expect(await relyingParty(at(other).url, client).isActive(renewed)).toBe(true);
  });

  test("an auth request of one is answered by the other, both ways", async () => {
    for (const [one, other] of ways) {
      const userId = await directoryOf(munot).addUser(orgId, { userName: `callback-${one}` });
      const authRequestId = await relyingParty(at(one).url, client).begin();
      const session = await directoryOf(at(other)).addSession(userId);
      const { callbackUrl } = await rpcClient(at(other).url).must(
        munot.loginClientPat,
        "oidc.v2.OIDCService/CreateCallback",
        { authRequestId, session },
      );
      const tokens = await relyingParty(at(one).url, client).redeem(String(callbackUrl));
      expect(await relyingParty(at(other).url, client).isActive(tokens.access_token)).toBe(true);
    }
  });

  test("each is ended and started again under load: nothing acknowledged is lost, errors are retriable", async () => {
    const acknowledged: { readonly userId: string; readonly name: string }[] = [];
    const wrong: unknown[] = [];
    let loading = true;
    const load = async (writer: number): Promise<void> => {
      for (let count = 0; loading; count += 1) {
        const name = `load-${writer}-${count}`;
        const answer = await fetch(`${munot.url}/zitadel.user.v2.UserService/AddHumanUser`, {
          method: "POST",
          headers: { "content-type": "application/json", authorization: `Bearer ${munot.ownerPat}` },
          body: JSON.stringify({
            organization: { orgId },
            username: name,
            profile: { givenName: name, familyName: "Example" },
            email: { email: `${name}@acme.example`, isVerified: true },
          }),
        });
        const text = await answer.text();
        const body = text.startsWith("{") ? JSON.parse(text) : {};
        if (answer.ok) acknowledged.push({ userId: body.userId, name });
        else if (!isRetriable(answer.status, String(body.code))) wrong.push({ name, status: answer.status, text });
        await sleep(20);
      }
    };
    const loaders = [1, 2, 3].map((writer) => load(writer).catch((error: unknown) => wrong.push(error)));
    for (const age of ["older", "newer", "older"] as const) {
      const before = acknowledged.length;
      expect(await munot.node[age].end()).toBe(0);
      munot.node[age] = await munot.node[age].restart();
      await until("writes go on", async () => acknowledged.length > before + 10);
    }
    loading = false;
    await Promise.all(loaders);
    expect(wrong).toEqual([]);
    for (const [index, { userId, name }] of acknowledged.entries()) {
      const { must } = rpcClient(at(index % 2 === 0 ? "older" : "newer").url);
      expect(await must(munot.ownerPat, "user.v2.UserService/GetUserByID", { userId })).toMatchObject({
        user: { username: name },
      });
    }
  });

  test("back to the older one alone, and forth again: both read all that was written", async () => {
    await munot.node.newer.end();
    munot.node.older = await munot.node.older.end().then(() => munot.node.older.restart());
    const alone = await directoryOf(at("older")).addUser(orgId, { userName: "written-after-the-downgrade" });
    const { tokens } = await signInByApi(at("older"), client, alone);
    munot.node.newer = await munot.node.newer.restart();
    const { must } = rpcClient(at("newer").url);
    const { user } = await must(munot.ownerPat, "user.v2.UserService/GetUserByID", { userId: alone });
    expect(user).toMatchObject({ username: "written-after-the-downgrade" });
    expect(await relyingParty(at("newer").url, client).isActive(tokens.access_token)).toBe(true);
    const { result } = await must(munot.ownerPat, "user.v2.UserService/ListUsers", {
      queries: [{ userNameQuery: { userName: "written-after", method: "TEXT_QUERY_METHOD_STARTS_WITH" } }],
    });
    expect(result).toHaveLength(1);
  });

  more(() => munot);
};

const sql = async <T extends pg.QueryResultRow>(url: string, text: string, values: unknown[] = []): Promise<T[]> => {
  const database = new pg.Client({ connectionString: url });
  await database.connect();
  try {
    return (await database.query<T>(text, values)).rows;
  } finally {
    await database.end();
  }
};

/** The read tables and the hash chains, by this checkout's command line beside the running processes. */
const expectConsistent = async (munot: TwoReleases, node: RunningMunot): Promise<void> => {
  const verify = await munotCommand(node, "projections", "verify");
  expect([verify.code, verify.output]).toEqual([0, "The read tables are what the log says.\n"]);
  const audit = await munotCommand(node, "audit", "verify");
  expect([audit.code, audit.output]).toEqual([0, expect.stringMatching(/every chain holds/)]);
  expect(munot.databaseUrl).toBe(node.databaseSettings.MUNOT_DATABASE_URL);
};

describe.each(earlierPrograms())("$label and this one on the same database", ({ entry, remove }) => {
  afterAll(remove);
  sideBySide(
    () => startReleases(entry),
    (munot) => {
      test("what both have written is what the log says", () => expectConsistent(munot(), munot().node.newer));
    },
  );
});

describe("this one and a made-up release after it on the same database", () => {
  const start = () => startReleases(undefined, newerEntry);
  sideBySide(start, (munot) => {
    const call = (node: RunningMunot, method: string, message: object) =>
      rpcClient(node.url).call(munot().ownerPat, method, message);
    const digest = async (userId: string) => (await munot().askNewer(`/digest?id=${userId}`)) as { events: number };
    const versionOf = async (userId: string): Promise<number> => {
      const [row] = await sql<{ version: string }>(
        munot().databaseUrl,
        "select version from streams where kind = 'user' and id = $1",
        [userId],
      );
      return Number(row?.version);
    };

    test("a read table that only the newer one fills is right at once, whoever wrote, also in parallel", async () => {
      const { older, newer } = munot().node;
      const orgId = await directoryOf(munot()).addOrg("Digest");
      const userId = await directoryOf({ url: older.url, ownerPat: munot().ownerPat }).addUser(orgId, {
        userName: "digested",
      });
      const change = (node: RunningMunot, nickName: string) =>
        call(node, "user.v2.UserService/UpdateHumanUser", {
          userId,
          profile: { givenName: "A", familyName: "B", nickName },
        });
      for (const [index, node] of [older, newer, older, older, newer].entries()) {
        expect((await change(node, `n${index}`)).code).toBe("ok");
        expect(await digest(userId)).toEqual({ events: await versionOf(userId) });
      }
      const racing = Array.from({ length: 20 }, (_, index) => change(index % 2 === 0 ? older : newer, `race-${index}`));
      const answers = await Promise.all(racing);
      expect(answers.filter(({ status, code }) => code !== "ok" && !isRetriable(status, code))).toEqual([]);
      expect(await digest(userId)).toEqual({ events: await versionOf(userId) });
      // Removed through the old one: nothing of the person stays in a table that it does not know.
      expect((await call(older, "user.v2.UserService/DeleteUser", { userId })).code).toBe("ok");
      expect(await digest(userId)).toEqual({ events: null });
    });

    test("the downgrade and what was written during it is in the newer one's read table as well", async () => {
      const rows = await sql<{ id: string; version: string; events: string | null }>(
        munot().databaseUrl,
        `select s.id, s.version, d.events from streams s left join user_digest d on d.user_id = s.id
         where s.kind = 'user' and s.state not like '%"removed"%'`,
      );
      expect(rows.length).toBeGreaterThan(20);
      expect(rows.filter(({ version, events }) => version !== events)).toEqual([]);
    });

    test("an object that the newer one has changed in a way of its own is refused by the older one, unharmed", async () => {
      const { older, newer } = munot().node;
      const orgId = await directoryOf(munot()).addOrg("Motto");
      expect(await munot().askNewer(`/motto?id=${orgId}`)).toEqual({ before: null });
      const rename = { id: orgId, name: "Renamed" };
      const refused = await call(older, "org.v2beta.OrganizationService/UpdateOrganization", rename);
      expect([refused.code, refused.status]).toEqual(["unavailable", 503]);
      expect(await munot().askNewer(`/motto?id=${orgId}`)).toEqual({ before: "onward" });
      const queries = [{ nameQuery: { name: "Motto" } }];
      for (const node of [older, newer]) {
        const { body } = await call(node, "org.v2.OrganizationService/ListOrganizations", { queries });
        expect(body.result).toMatchObject([{ id: orgId, name: "Motto" }]);
      }
    });

    test("while the older one lives nothing is taken away, and doctor says who is waited for", async () => {
      const { older, newer } = munot().node;
      const [row] = await sql<{ epoch: string }>(munot().databaseUrl, "select epoch from writer_epoch");
      expect(Number(row?.epoch)).toBe(0);
      const { output } = await munotCommand(older, "doctor");
      expect(output).toMatch(/a newer Munot has added to the schema: 9001-digest/);
      expect(output).toMatch(
        new RegExp(`process \\S+:${older.pid}: Munot 0\\.1\\.0, schema step \\d+, seen \\d+ s ago`),
      );
      expect(output).toMatch(new RegExp(`process \\S+:${newer.pid}: Munot 0\\.1\\.0-next, schema step 9002`));
      // The log holds events that this checkout's program does not know: it says so instead of calling them wrong.
      const verify = await munotCommand(older, "projections", "verify");
      expect([verify.code, verify.output]).toEqual([1, expect.stringMatching(/org\.motto\.set .* newer Munot/)]);
    });

    test("an older one that was silent for too long stores nothing any more once the newer one has contracted", async () => {
      const { older, newer } = munot().node;
      const orgId = await directoryOf(munot()).addOrg("Late");
      const late = (userName: string) => ({
        organization: { orgId },
        username: userName,
        profile: { givenName: "A", familyName: "B" },
        email: { email: `${userName}@acme.example`, isVerified: true },
      });
      process.kill(older.pid, "SIGSTOP");
      try {
        // As if an hour had passed since anybody heard of an older one.
        await sql(munot().databaseUrl, "update processes set seen_at = 0 where newest_step < 9002");
        await until("the schema is contracted", async () => {
          const [row] = await sql<{ epoch: string }>(munot().databaseUrl, "select epoch from writer_epoch");
          return Number(row?.epoch) === 9002;
        });
      } finally {
        process.kill(older.pid, "SIGCONT");
      }
      const refused = await fetch(`${older.url}/zitadel.user.v2.UserService/AddHumanUser`, {
        method: "POST",
        headers: { "content-type": "application/json", authorization: `Bearer ${munot().ownerPat}` },
        body: JSON.stringify(late("late-1")),
      });
      expect(refused.status).toBe(503);
      await until("it says that it is not ready", async () => (await readiness(older)) === 503);
      expect((await fetch(`${older.url}/oauth/v2/keys`)).status).toBe(503);
      const stored = await sql(munot().databaseUrl, "select 1 from users where user_name like 'late-%'");
      expect(stored).toEqual([]);
      // The newer one serves on.
      expect((await call(newer, "user.v2.UserService/AddHumanUser", late("late-2"))).code).toBe("ok");
    });

    test("the older one does not start again on the contracted schema and says why", async () => {
      const { older } = munot().node;
      await older.end();
      const { code, output } = await runToEnd({
        cwd: older.dataDir,
        env: { ...older.databaseSettings, MUNOT_DATA_DIR: older.dataDir, MUNOT_PORT: String(older.port) },
      });
      expect(code).toBe(1);
      expect(output).toMatch(
        /belongs to a newer Munot: its schema has been contracted by step 9002, .* Start the newer one/,
      );
      const doctor = await munotCommand(older, "doctor");
      expect(doctor.output).toMatch(/WRONG {2}the schema was contracted by step 9002/);
    });
  });
});
