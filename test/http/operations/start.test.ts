import { randomBytes } from "node:crypto";
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { browserOf, directoryOf, relyingParty, rpcClient, signInByApi, testPassword } from "../../harness/client.ts";
import { munotCommand, runToEnd } from "../../harness/command.ts";
import { onEachDatabase, type RunningMunot, startMunot } from "../../harness/munot.ts";
import { freePort } from "../../harness/ports.ts";

const modeOf = (file: string): string => (statSync(file).mode & 0o777).toString(8);
const linkIn = (output: string): string => /http\S+first-administrator\?token=\S+/.exec(output)?.[0] ?? "";

onEachDatabase("the first start", (database) => {
  let munot: RunningMunot;
  beforeAll(async () => {
    munot = await startMunot({
      database,
      env: {
        MUNOT_FIRST_ORG_NAME: "Acme",
        MUNOT_FIRST_ADMIN_USERNAME: "root",
        MUNOT_FIRST_ADMIN_EMAIL: "root@acme.example",
        MUNOT_FIRST_ADMIN_PASSWORD: testPassword,
      },
    });
  });
  afterAll(() => munot?.stop());

  test("says where it is, where the data lies, what to back up and how to stop; no link where an administrator is given", () => {
    const output = munot.output();
    for (const part of [munot.url, munot.dataDir, "Back up", "Ctrl+C"]) expect(output).toContain(part);
    expect(linkIn(output)).toBe("");
    expect(output).not.toContain(testPassword);
  });

  test("the administrator of the settings signs in by name and by e-mail, owns the instance, and must change nothing", async () => {
    const { call, must } = rpcClient(munot.url);
    for (const loginName of ["root", "root@acme.example"]) {
      const made = await must(munot.loginClientPat, "session.v2.SessionService/CreateSession", {
        checks: { user: { loginName }, password: { password: testPassword } },
      });
      const bearer = String(made.sessionToken);
      const listed = await call(bearer, "user.v2.UserService/ListUsers", {
        queries: [{ userNameQuery: { userName: "root" } }],
      });
      expect(listed.body).toMatchObject({
        result: [{ username: "root", state: "USER_STATE_ACTIVE", human: { email: { email: "root@acme.example" } } }],
      });
      expect(JSON.stringify(listed.body)).not.toContain('"passwordChangeRequired":true');
      expect((await call(bearer, "org.v2.OrganizationService/AddOrganization", { name: loginName })).code).toBe("ok");
    }
    const orgs = await must(munot.ownerPat, "org.v2.OrganizationService/ListOrganizations", {});
    expect(JSON.stringify(orgs.result)).toContain('"name":"Acme"');
  });

  test("the login client's token is that of a login client, and both token files are for their owner only", async () => {
    for (const file of ["owner.pat", "login-client.pat"]) expect(modeOf(join(munot.dataDir, file))).toBe("600");
    const { call } = rpcClient(munot.url);
    const add = await call(munot.loginClientPat, "org.v2.OrganizationService/AddOrganization", { name: "No" });
    expect(add.code).toBe("permission_denied");
    const session = await call(munot.loginClientPat, "session.v2.SessionService/CreateSession", {});
    expect(session.code).toBe("ok");
  });

  test("the files of the data folder are for their owner only", () => {
    const files = ["masterkey", ...(database === "sqlite" ? ["munot.db", "munot.sock"] : ["munot.sock"])];
    for (const file of files) expect([file, modeOf(join(munot.dataDir, file))]).toEqual([file, "600"]);
  });
});

onEachDatabase("operations", (database) => {
  let munot: RunningMunot;
  beforeAll(async () => {
    munot = await startMunot({ database });
  });
  afterAll(() => munot?.stop());

  test("doctor says what is good beside a running server, and ends with 0", async () => {
    const { code, output } = await munotCommand(munot, "doctor");
    expect([code, output]).toEqual([0, expect.stringContaining("Nothing is wrong.")]);
    for (const part of ["the settings are valid", "the master key is the database's", "running and ready"]) {
      expect(output).toContain(part);
    }
  });

  test("admin link: from the running server, each works once, and the printed one works too", async () => {
    const { code, output } = await munotCommand(munot, "admin", "link");
    expect(code).toBe(0);
    const link = linkIn(output);
    expect(link).toMatch(new RegExp(`^${munot.url}/`));
    expect(link).not.toBe(linkIn(munot.output()));
    const browser = browserOf(munot.url);
    const page = await browser.get(link);
    expect(page.status).toBe(200);
    expect((await browserOf(munot.url).get(linkIn(munot.output()))).status).toBe(200);
  });

  test("a restart keeps everything: users, sessions, tokens, the signing key", async () => {
    const directory = directoryOf(munot);
    const orgId = await directory.addOrg("Acme");
    const userId = await directory.addUser(orgId, { userName: "ada" });
    const client = await directory.addClient(await directory.addProject(orgId, "Notes"), "Notes", {
      accessTokenType: "OIDC_TOKEN_TYPE_JWT",
    });
    const { tokens, sessionToken } = await signInByApi(munot, client, userId);
    const keys = await (await fetch(`${munot.url}/oauth/v2/keys`)).json();

    expect(await munot.end()).toBe(0);
    munot = await munot.restart();
    const party = relyingParty(munot.url, client);
    expect((await party.userinfo(tokens.access_token)).status).toBe(200);
    expect((await party.refresh(tokens.refresh_token)).status).toBe(200);
    expect(await (await fetch(`${munot.url}/oauth/v2/keys`)).json()).toEqual(keys);
    const me = await directoryOf(munot).call(sessionToken, "user.v2.UserService/GetUserByID", { userId });
    expect(me.code).toBe("ok");
    // The second start prints no link: the first one's still holds.
    expect(linkIn(munot.output())).toBe("");
  });

  test("a change of the external URL is registered at the next start", async () => {
    await munot.end();
    const port = await freePort();
    const env = { MUNOT_PORT: String(port), MUNOT_DATA_DIR: munot.dataDir, ...munot.databaseSettings };
    writeFileSync(join(munot.dataDir, "munot.env"), "# read from the working directory\nMUNOT_LOG_LEVEL=warn\n");
    const { code, output } = await runToEnd({ args: ["doctor"], cwd: munot.dataDir, env });
    expect([code, output]).toEqual([0, expect.stringContaining(`http://localhost:${port}`)]);
    rmSync(join(munot.dataDir, "munot.env"));
    munot = await munot.restart();
  });

  test("audit verify holds beside the running server", async () => {
    const { code, output } = await munotCommand(munot, "audit", "verify");
    expect([code, output]).toEqual([0, expect.stringMatching(/^\d+ events, every chain holds\.$/m)]);
  });

  test("stopped: admin link, verify, rebuild and verify again find no difference", async () => {
    await munot.end();
    const link = await munotCommand(munot, "admin", "link");
    expect([link.code, linkIn(link.output)]).toEqual([0, expect.stringContaining("token=al_")]);
    for (const command of ["verify", "rebuild", "verify"]) {
      const { code, output } = await munotCommand(munot, "projections", command);
      expect([command, code, output]).toEqual([command, 0, expect.stringMatching(/what the log says|written anew/)]);
    }
    const audit = await munotCommand(munot, "audit", "verify");
    expect(audit.code).toBe(0);
    const doctor = await munotCommand(munot, "doctor");
    expect([doctor.code, doctor.output]).toEqual([0, expect.stringContaining("the server is not running")]);
    munot = await munot.restart();
    expect((await browserOf(munot.url).get(linkIn(link.output))).status).toBe(200);
  });

  test("a missing or foreign master key refuses with a sentence, and doctor says the same", async () => {
    await munot.end();
    const key = join(munot.dataDir, "masterkey");
    const kept = readFileSync(key, "utf8");
    const env = { MUNOT_PORT: String(munot.port), MUNOT_DATA_DIR: munot.dataDir, ...munot.databaseSettings };
    rmSync(key);
    const missing = await runToEnd({ cwd: munot.dataDir, env });
    expect([missing.code, missing.output]).toEqual([1, expect.stringContaining("No master key: set MUNOT_MASTERKEY")]);
    expect(existsSync(key)).toBe(false);
    expect((await munotCommand(munot, "doctor")).code).toBe(1);

    const foreign = randomBytes(32).toString("base64url");
    const other = await runToEnd({ cwd: munot.dataDir, env: { ...env, MUNOT_MASTERKEY: foreign } });
    expect([other.code, other.output]).toEqual([1, expect.stringContaining("is not the one of this database")]);
    expect(other.output).not.toContain(foreign);

    writeFileSync(key, kept, { mode: 0o644 });
    const doctor = await munotCommand(munot, "doctor");
    expect([doctor.code, doctor.output]).toEqual([1, expect.stringContaining("chmod 600")]);
    writeFileSync(key, kept);
    munot = await munot.restart();
  });
});

test("a second process on the same data folder is refused with a sentence", async () => {
  const munot = await startMunot({ database: "sqlite" });
  const env = { MUNOT_PORT: String(await freePort()), MUNOT_DATA_DIR: munot.dataDir };
  const second = await runToEnd({ cwd: munot.dataDir, env });
  expect([second.code, second.output]).toEqual([
    1,
    expect.stringMatching(/another Munot process uses the data folder .*Stop it first/s),
  ]);
  const verify = await munotCommand(munot, "projections", "verify");
  expect([verify.code, verify.output]).toEqual([1, expect.stringContaining("another Munot process")]);
  await munot.stop();
});

test("doctor says what is wrong with a database that does not answer", async () => {
  const folder = mkdtempSync(join(tmpdir(), "munot-test-"));
  const { code, output } = await runToEnd({
    args: ["doctor"],
    cwd: folder,
    env: { MUNOT_DATA_DIR: folder, MUNOT_DATABASE_URL: "postgres://munot:hunter2@127.0.0.1:1/munot" },
  });
  expect([code, output]).toEqual([1, expect.stringMatching(/WRONG .*MUNOT_DATABASE_URL.*to mend/s)]);
  expect(output).not.toContain("hunter2");
  rmSync(folder, { recursive: true });
});

test("two processes that start at once on an empty PostgreSQL serve one instance", async () => {
  const first = await startMunot({ database: "postgres", env: { MUNOT_LOG_LEVEL: "warn" } });
  // The harness waits until one is ready; for a race, both start anew on an emptied database.
  const { MUNOT_DATABASE_URL = "" } = first.databaseSettings;
  await first.end();
  const pg = await import("pg");
  const client = new pg.default.Client({ connectionString: MUNOT_DATABASE_URL });
  await client.connect();
  await client.query("drop schema public cascade; create schema public");
  await client.end();
  const key = randomBytes(32).toString("base64url");
  const external = "http://localhost:1234";
  const env = { MUNOT_DATABASE_URL, MUNOT_MASTERKEY: key, MUNOT_EXTERNAL_URL: external };
  const both = await Promise.all([startMunot({ database: "sqlite", env }), startMunot({ database: "sqlite", env })]);
  const [one, two] = both;
  expect(both.filter(({ output }) => linkIn(output()) !== "").length).toBe(1);
  const owner = both.map(({ ownerPat }) => ownerPat).filter((pat) => pat !== "");
  expect(owner.length).toBe(1);
  const settingsOf = async (munot: RunningMunot) =>
    (await rpcClient(munot.url).must(owner[0] ?? "", "settings.v2.SettingsService/GetGeneralSettings", {}))
      .defaultOrgId;
  expect(await settingsOf(one)).toBe(await settingsOf(two));
  // What one writes the other reads at once, and what one ends is ended for the other.
  const directory = directoryOf({ url: one.url, ownerPat: owner[0] ?? "" });
  const orgId = await directory.addOrg("Acme");
  const userId = await directory.addUser(orgId, { userName: "ada" });
  const { sessionToken } = await directory.addSession(userId);
  const other = rpcClient(two.url);
  expect((await other.call(sessionToken, "user.v2.UserService/GetUserByID", { userId })).code).toBe("ok");
  await directory.must(owner[0] ?? "", "user.v2.UserService/LockUser", { userId });
  expect((await other.call(sessionToken, "user.v2.UserService/GetUserByID", { userId })).code).toBe("unauthenticated");
  await Promise.all(both.map((munot) => munot.stop()));
  await first.stop();
});

test("a copy of the stopped data folder is the same installation", async () => {
  const munot = await startMunot({ database: "sqlite" });
  const orgId = await directoryOf(munot).addOrg("Acme");
  await munot.end();
  const copy = mkdtempSync(join(tmpdir(), "munot-test-"));
  cpSync(munot.dataDir, copy, { recursive: true, filter: (name) => !name.endsWith(".sock") });
  const moved = await startMunot({ database: "sqlite", env: { MUNOT_DATA_DIR: copy } });
  const listed = await rpcClient(moved.url).must(munot.ownerPat, "org.v2.OrganizationService/ListOrganizations", {
    queries: [{ idQuery: { id: orgId } }],
  });
  expect(listed.result).toHaveLength(1);
  await moved.stop();
  await munot.stop();
  rmSync(copy, { recursive: true });
});

test("a token file that lay there for everybody to read is its owner's alone when the token is in it", async () => {
  const folder = mkdtempSync(join(tmpdir(), "munot-test-"));
  const file = join(folder, "open.pat");
  writeFileSync(file, "something much longer than any token could be".repeat(9), { mode: 0o644 });
  const munot = await startMunot({ database: "sqlite", env: { MUNOT_FIRST_MACHINE_PAT_FILE: file } });
  expect([modeOf(file), readFileSync(file, "utf8")]).toEqual(["600", expect.stringMatching(/^pat_\d+\.[\w-]{43}\n$/)]);
  await munot.stop();
  rmSync(folder, { recursive: true });
});
