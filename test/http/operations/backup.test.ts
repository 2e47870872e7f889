import { spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  directoryOf,
  type OidcClient,
  relyingParty,
  rpcClient,
  signInByApi,
  type Tokens,
} from "../../harness/client.ts";
import { expectConsistent, munotCommand, runToEnd } from "../../harness/command.ts";
import { launch, onEachDatabase, type RunningMunot, startMunot } from "../../harness/munot.ts";
import { type Cluster, freshPostgres, pgTool, startCluster } from "../../harness/postgres.ts";
import { newMasterKey } from "../../harness/processes.ts";

const pgProgram = (name: string, ...args: string[]) => {
  const { status, stderr } = spawnSync(pgTool(name), args, { encoding: "utf8" });
  if (status !== 0) throw new Error(`${name}: ${stderr}`);
};

onEachDatabase("backup and restore, as the guide says", (database) => {
  let munot: RunningMunot;
  let restored: RunningMunot | undefined;
  let elsewhere: Cluster | undefined;
  let folder: string;
  let client: OidcClient;
  let userId: string;
  let erasedId: string;
  let tokens: Tokens;
  let whileBackingUp: readonly string[];

  /** Writes on while the work is done; gives the ids of what was acknowledged before it began. */
  const underWrites = async (orgId: string, work: () => Promise<void>) => {
    const before: string[] = [];
    let writing = true;
    const writer = (async () => {
      for (let index = 0; writing; index += 1) {
        before.push(await directoryOf(munot).addUser(orgId, { userName: `user-${index}`, password: null }));
      }
    })();
    while (before.length <= 20) await sleep(10);
    const acknowledged = [...before];
    try {
      await work();
    } finally {
      writing = false;
      await writer;
    }
    return acknowledged;
  };

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "munot-test-"));
    munot = await startMunot({ database });
    const directory = directoryOf(munot);
    const orgId = await directory.addOrg("Acme");
    userId = await directory.addUser(orgId, { userName: "ada" });
    erasedId = await directory.addUser(orgId, { userName: "zacharias-erased" });
    await directory.must(munot.ownerPat, "user.v2.UserService/DeleteUser", { userId: erasedId });
    client = await directory.addClient(await directory.addProject(orgId, "Notes"), "Notes");
    ({ tokens } = await signInByApi(munot, client, userId));

    const copy = join(folder, "backup");
    whileBackingUp = await underWrites(orgId, async () => {
      if (database === "sqlite") {
        const done = await munotCommand(munot, "backup", "--to", copy);
        expect([done.code, done.output]).toEqual([0, expect.stringContaining(join(munot.dataDir, "masterkey"))]);
        const again = await munotCommand(munot, "backup", "--to", copy);
        expect([again.code, again.output]).toEqual([1, expect.stringContaining("is there already")]);
      } else {
        pgProgram("pg_dump", "--format=custom", `--file=${copy}`, munot.databaseSettings.MUNOT_DATABASE_URL ?? "");
        const refused = await munotCommand(munot, "backup", "--to", `${copy}.db`);
        expect([refused.code, refused.output]).toEqual([1, expect.stringContaining("pg_dump")]);
      }
    });
    copyFileSync(join(munot.dataDir, "masterkey"), join(folder, "masterkey"));
    await munot.end();

    const dataDir = join(folder, "restored");
    const settings: Record<string, string> = {
      MUNOT_DATA_DIR: dataDir,
      // Tokens name their issuer: the address stays.
      MUNOT_PORT: String(munot.port),
    };
    mkdirSync(dataDir);
    copyFileSync(join(folder, "masterkey"), join(dataDir, "masterkey"));
    if (database === "sqlite") copyFileSync(copy, join(dataDir, "munot.db"));
    else {
      // On another server, whose transaction ids begin anew.
      elsewhere = await startCluster();
      const { url } = await freshPostgres({ server: elsewhere.url });
      pgProgram("pg_restore", "--no-owner", "--exit-on-error", `--dbname=${url}`, copy);
      settings.MUNOT_DATABASE_URL = url;
    }
    const foreign = await runToEnd({ cwd: dataDir, env: { ...settings, MUNOT_MASTERKEY: newMasterKey() } });
    expect([foreign.code, foreign.output]).toEqual([1, expect.stringContaining("is not the one of this database")]);
    restored = await launch(munot.port, dataDir, settings, async () => undefined);
  });
  afterAll(async () => {
    await restored?.end();
    await elsewhere?.stop();
    await munot?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  test("everything that was acknowledged before the backup began is there", async () => {
    const { must } = rpcClient(munot.url);
    expect(whileBackingUp.length).toBeGreaterThan(20);
    for (const id of whileBackingUp) await must(munot.ownerPat, "user.v2.UserService/GetUserByID", { userId: id });
  });

  test("tokens, passwords and signing keys hold; an erased person stays erased", async () => {
    const party = relyingParty(munot.url, client);
    expect((await party.userinfo(tokens.access_token)).status).toBe(200);
    expect((await party.refresh(tokens.refresh_token)).status).toBe(200);
    const again = await signInByApi(munot, client, userId);
    expect(await party.isActive(again.tokens.access_token)).toBe(true);
    const { code } = await rpcClient(munot.url).call(munot.ownerPat, "user.v2.UserService/GetUserByID", {
      userId: erasedId,
    });
    expect(code).toBe("not_found");
    if (database === "sqlite") {
      const copy = join(folder, "backup");
      expect((statSync(copy).mode & 0o777).toString(8)).toBe("600");
      expect(readFileSync(copy).includes("zacharias-erased")).toBe(false);
    }
  });

  test("it is written to as before, and the read tables and every hash chain hold", async () => {
    if (restored === undefined) throw new Error("nothing was restored");
    await directoryOf({ url: munot.url, ownerPat: munot.ownerPat }).addOrg("After");
    await expectConsistent(restored);
  });
});
