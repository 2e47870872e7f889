import { afterAll, beforeAll, expect, test } from "vitest";
import { browserOf, directoryOf, rpcClient, testPassword } from "../harness/client.ts";
import { onEachDatabase, type RunningMunot, startMunot } from "../harness/munot.ts";

const attempts = 50;
const oneToFifty = Array.from({ length: attempts }, (_, at) => at + 1);

onEachDatabase("50 parallel wrong passwords count 50", (database) => {
  let munot: RunningMunot;
  let orgId: string;
  beforeAll(async () => {
    munot = await startMunot({ database });
    orgId = await directoryOf(munot).addOrg("Acme");
  });
  afterAll(() => munot?.stop());

  /** Tries a password through the Session API; gives the failures so far, or "ok". */
  const tryPassword = async (userId: string, password: string): Promise<number | string> => {
    const { code, body } = await rpcClient(munot.url).call(
      munot.loginClientPat,
      "session.v2.SessionService/CreateSession",
      { checks: { user: { userId }, password: { password } } },
    );
    if (code !== "invalid_argument") return code;
    // The detail of a wrong password is ZITADEL's CredentialsCheckError.
    const [detail] = body.details as readonly { readonly type: string; readonly debug: { failedAttempts: number } }[];
    expect(detail?.type).toBe("zitadel.v1.CredentialsCheckError");
    return detail?.debug.failedAttempts ?? 0;
  };

  test("through the Session API: every answer has its own count, and the right password ends the series", async () => {
    const userId = await directoryOf(munot).addUser(orgId, { userName: "api" });
    const counts = await Promise.all(oneToFifty.map((n) => tryPassword(userId, `wrong-${n}`)));
    expect(counts.map(Number).sort((a, b) => a - b)).toEqual(oneToFifty);
    expect(await tryPassword(userId, "wrong once more")).toBe(attempts + 1);
    expect(await tryPassword(userId, testPassword)).toBe("ok");
    expect(await tryPassword(userId, "wrong again")).toBe(1);
  });

  test("through the login pages, from 50 browsers", async () => {
    const userId = await directoryOf(munot).addUser(orgId, { userName: "pages" });
    const pages = await Promise.all(
      oneToFifty.map(async (n) => {
        const browser = browserOf(munot.url);
        const password = await browser.submit(await browser.get("/ui/login"), { loginName: "pages" });
        return browser.submit(password, { password: `wrong-${n}` });
      }),
    );
    expect(new Set(pages.map(({ status }) => status))).toEqual(new Set([422]));
    expect(await tryPassword(userId, "wrong once more")).toBe(attempts + 1);
  });
});
