import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  browserOf,
  directoryOf,
  type OidcClient,
  relyingParty,
  signInByApi,
  type Tokens,
  testPassword,
} from "../../harness/client.ts";
import { munotCommand, runToEnd } from "../../harness/command.ts";
import { launch, onEachDatabase, type RunningMunot, startMunot } from "../../harness/munot.ts";
import { newMasterKey, type RunningProcesses, startProcesses } from "../../harness/processes.ts";

/** Signs a browser in through the pages. */
const signedIn = async (url: string, client: OidcClient, loginName: string) => {
  const browser = browserOf(url);
  const begun = await browser.get(relyingParty(url, client).authorizeUrl());
  const passwordPage = await browser.submit(await browser.get(begun.location ?? ""), { loginName });
  await browser.submit(passwordPage, { password: testPassword });
  return browser;
};

const masterKeyOf = (output: string): string => /^master key (\S+)$/m.exec(output)?.[1] ?? "";

onEachDatabase("the master key is rotated by one start", (database) => {
  const [former, next] = [newMasterKey(), newMasterKey()];
  let munot: RunningMunot;
  let client: OidcClient;
  let tokens: Tokens;
  let browser: Awaited<ReturnType<typeof signedIn>>;
  let settings: Record<string, string>;
  beforeAll(async () => {
    munot = await startMunot({ database, env: { MUNOT_MASTERKEY: former } });
    const directory = directoryOf(munot);
    const orgId = await directory.addOrg("Acme");
    const userId = await directory.addUser(orgId, { userName: "ada" });
    client = await directory.addClient(await directory.addProject(orgId, "Notes"), "Notes");
    ({ tokens } = await signInByApi(munot, client, userId));
    browser = await signedIn(munot.url, client, "ada");
    settings = { MUNOT_PORT: String(munot.port), MUNOT_DATA_DIR: munot.dataDir, ...munot.databaseSettings };
  });
  afterAll(() => munot?.stop());

  test("tokens, sign-ins and signing keys stay; the former key alone is refused afterwards; keys names the new one", async () => {
    const before = masterKeyOf((await munotCommand(munot, "keys")).output);
    await munot.end();
    const start = (keys: Record<string, string>) =>
      launch(munot.port, munot.dataDir, { ...settings, ...keys }, async () => undefined);

    const rotating = await start({ MUNOT_MASTERKEY: next, MUNOT_MASTERKEY_PREVIOUS: former });
    await rotating.end();
    const refused = await runToEnd({ cwd: munot.dataDir, env: { ...settings, MUNOT_MASTERKEY: former } });
    expect([refused.code, refused.output]).toEqual([1, expect.stringContaining("is not the one of this database")]);

    const after = await start({ MUNOT_MASTERKEY: next });
    try {
      const party = relyingParty(after.url, client);
      expect((await party.userinfo(tokens.access_token)).status).toBe(200);
      expect((await party.refresh(tokens.refresh_token)).status).toBe(200);
      const silent = await browser.get(party.authorizeUrl({ prompt: "none" }));
      expect(silent.location).toMatch(/callback\?code=/);
      const listed = await munotCommand(munot, "keys");
      expect([listed.code, listed.output]).toEqual([0, expect.stringMatching(/RS256 2048 +active +since 2/)]);
      expect(listed.output).not.toContain("still wrapped");
      expect(masterKeyOf(listed.output)).not.toBe(before);
      expect(listed.output).not.toContain(next);
    } finally {
      await after.end();
    }
  });
});

test("a rotation by the file of the data folder", async () => {
  const munot = await startMunot({ database: "sqlite" });
  try {
    const file = join(munot.dataDir, "masterkey");
    const former = readFileSync(file, "utf8").trim();
    await munot.end();
    rmSync(file);
    writeFileSync(file, `${newMasterKey()}\n`, { mode: 0o600 });
    const settings = {
      MUNOT_PORT: String(munot.port),
      MUNOT_DATA_DIR: munot.dataDir,
      MUNOT_MASTERKEY_PREVIOUS: former,
    };
    const rotating = await launch(munot.port, munot.dataDir, settings, async () => undefined);
    await rotating.end();
    const restarted = await munot.restart();
    expect(await directoryOf(restarted).addOrg("After")).toMatch(/^\d+$/);
    await restarted.end();
  } finally {
    await munot.stop();
  }
});

test("two processes go over to the new key one after the other; a browser stays signed in all the while", async () => {
  const [former, next] = [newMasterKey(), newMasterKey()];
  let munot: RunningProcesses | undefined;
  try {
    const running = await startProcesses(2, { MUNOT_MASTERKEY: former });
    munot = running;
    const directory = directoryOf(running);
    const orgId = await directory.addOrg("Acme");
    await directory.addUser(orgId, { userName: "ada" });
    const client = await directory.addClient(await directory.addProject(orgId, "Notes"), "Notes");
    const browser = await signedIn(running.url, client, "ada");
    const party = relyingParty(running.url, client);
    const staysSignedIn = async () => {
      for (let round = 0; round < 4; round += 1) {
        const silent = await browser.get(party.authorizeUrl({ prompt: "none" }));
        expect(silent.location).toMatch(/callback\?code=/);
        // On whichever process: what one sealed the other opens.
        expect((await party.redeem(silent.location ?? "")).id_token).not.toBe("");
        await directory.addUser(orgId, { userName: `user-${Math.random()}` });
      }
    };
    for (const [index, node] of running.nodes.entries()) {
      await node.end();
      running.nodes[index] = await node.restart({ MUNOT_MASTERKEY: next, MUNOT_MASTERKEY_PREVIOUS: former });
      await staysSignedIn();
    }
    for (const [index, node] of running.nodes.entries()) {
      await node.end();
      running.nodes[index] = await node.restart({ MUNOT_MASTERKEY: next, MUNOT_MASTERKEY_PREVIOUS: "" });
      await staysSignedIn();
    }
  } finally {
    await munot?.stop();
  }
});
