import { afterAll, beforeAll, expect, test } from "vitest";
import { openCore, systemCtx } from "../../src/compose.ts";
import { defaultPolicies } from "../../src/modules/settings/policies.events.ts";
import { setPolicy } from "../../src/modules/settings/set-policy.ts";
import { parseSettings } from "../../src/settings.ts";
import { browserOf, directoryOf, rpcClient } from "../harness/client.ts";
import { onEachDatabase, type RunningMunot, startMunot } from "../harness/munot.ts";
import { cpuMs } from "../harness/programs.ts";

/** Switches the policy on while the server is down: no RPC sets it yet. */
const concealNames = async (munot: RunningMunot): Promise<void> => {
  const core = await openCore(parseSettings({ MUNOT_DATA_DIR: munot.dataDir, ...munot.databaseSettings }, ""));
  try {
    const [instance] = await core.readers.instances.instances();
    if (instance === undefined) throw new Error("no instance");
    await core.run(setPolicy, systemCtx(instance.instanceId, "cli", core.now()), {
      orgId: null,
      policy: "login",
      value: { ...defaultPolicies.login, ignoreUnknownUsernames: true },
    });
  } finally {
    await core.close();
  }
};

const names = ["ada", "locked", "inactive", "without-password", "service-account", "nobody"] as const;

onEachDatabase("with ignoreUnknownUsernames nobody learns which accounts exist", (database) => {
  let munot: RunningMunot;
  beforeAll(async () => {
    munot = await startMunot({ database });
    const directory = directoryOf(munot);
    const orgId = await directory.addOrg("Acme");
    await directory.addUser(orgId, { userName: "ada" });
    const act = async (method: string, userId: string) =>
      directory.must(munot.ownerPat, `user.v2.UserService/${method}`, { userId });
    await act("LockUser", await directory.addUser(orgId, { userName: "locked" }));
    await act("DeactivateUser", await directory.addUser(orgId, { userName: "inactive" }));
    await directory.addUser(orgId, { userName: "without-password", password: null });
    await directory.addMachine(orgId, "service-account");
    await munot.end();
    await concealNames(munot);
    munot = await munot.restart();
  });
  afterAll(() => munot?.stop());

  /** An answer with the name itself and what differs in every answer taken out. */
  const masked = (html: string, name: string) =>
    html
      .replaceAll(name, "NAME")
      .replace(/name="csrf" value="[^"]+"/g, "")
      .replace(/>\w</, "><");

  test("the sign-in pages answer every name alike, before the password and after a wrong one", async () => {
    const seen = await Promise.all(
      names.map(async (name) => {
        const browser = browserOf(munot.url);
        const password = await browser.submit(await browser.get("/ui/login"), { loginName: name });
        const wrong = await browser.submit(password, { password: "wrong" });
        return [password, wrong].map(({ status, html }) => [status, masked(html, name)]);
      }),
    );
    for (const one of seen) expect(one).toEqual(seen[0]);
  });

  test("an unknown name costs the server a password hash, as a known one does", async () => {
    const attempts = 4;
    const cost: Record<string, number> = {};
    for (const name of names) {
      const before = cpuMs(munot.pid);
      for (let attempt = 0; attempt < attempts; attempt += 1) {
        const browser = browserOf(munot.url);
        const password = await browser.submit(await browser.get("/ui/login"), { loginName: name });
        await browser.submit(password, { password: "wrong" });
      }
      cost[name] = cpuMs(munot.pid) - before;
    }
    const [least, most] = [Math.min(...Object.values(cost)), Math.max(...Object.values(cost))];
    // Processor time, not the clock: what else the machine does must not decide. Without the hash it is a fifth.
    expect(most / least, JSON.stringify(cost)).toBeLessThan(3);
  });

  test("the Session API answers an unknown login name like a wrong password", async () => {
    const attempt = async (loginName: string) => {
      const { status, body } = await rpcClient(munot.url).call(
        munot.loginClientPat,
        "session.v2.SessionService/CreateSession",
        { checks: { user: { loginName }, password: { password: "wrong" } } },
      );
      return { status, code: body.code, message: body.message };
    };
    expect(await attempt("nobody")).toEqual(await attempt("ada"));
  });
});
