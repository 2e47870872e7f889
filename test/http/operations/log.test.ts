import { afterAll, beforeAll, expect, test } from "vitest";
import {
  browserOf,
  directoryOf,
  redirectUri,
  relyingParty,
  rpcClient,
  signInByApi,
  testPassword,
} from "../../harness/client.ts";
import { onEachDatabase, type RunningMunot, startMunot } from "../../harness/munot.ts";
import { rawHttp1 } from "../../harness/raw.ts";

onEachDatabase("the log at level debug, after whole sign-ins", (database) => {
  let munot: RunningMunot;
  beforeAll(async () => {
    munot = await startMunot({ database, env: { MUNOT_LOG_LEVEL: "debug" } });
  });
  afterAll(() => munot?.stop());

  test("holds no token, password, code, cookie, e-mail address or login name", async () => {
    const directory = directoryOf(munot);
    const orgId = await directory.addOrg("Acme");
    const loginName = "countess-lovelace";
    const userId = await directory.addUser(orgId, { userName: loginName });
    const client = await directory.addClient(await directory.addProject(orgId, "Notes"), "Notes");
    const party = relyingParty(munot.url, client);

    const byApi = await signInByApi(munot, client, userId);
    const browser = browserOf(munot.url);
    const begun = await browser.get(party.authorizeUrl({ login_hint: loginName }));
    const password = await browser.submit(await browser.get(begun.location ?? ""), { loginName });
    const wrongPassword = "Wrong-Rheinfall-9851?";
    await browser.submit(password, { password: wrongPassword });
    const done = await browser.submit(password, { password: testPassword });
    const code = new URL(done.location ?? "").searchParams.get("code") ?? "";
    const byPages = await party.redeem(done.location ?? "");
    await party.userinfo(byPages.access_token);
    const refreshed = (await (await party.refresh(byPages.refresh_token)).json()) as { refresh_token: string };

    // What goes wrong is logged too: bad tokens, bad requests, secrets where they do not belong.
    await party.refresh(byPages.refresh_token);
    await party.redeem(done.location ?? "").catch(() => undefined);
    await party.userinfo(`${byApi.tokens.access_token}x`);
    await rawHttp1(`${munot.url}/nothing/${loginName}?access_token=${byApi.tokens.access_token}`);
    await rawHttp1(`${munot.url}/oauth/v2/token?client_secret=${client.clientSecret}`, { method: "POST", body: "{" });
    await rawHttp1(`${munot.url}/v2/users`, {
      method: "POST",
      headers: { authorization: `Bearer ${munot.ownerPat}`, "content-type": "application/json" },
      body: `{"password": "${testPassword}", `,
    });
    const { call } = rpcClient(munot.url);
    await call(munot.ownerPat, "user.v2.UserService/ListUsers", {
      queries: [{ emailQuery: { emailAddress: `${loginName}@acme.example` } }],
    });
    await call(`${munot.ownerPat}x`, "user.v2.UserService/ListUsers", {});
    await munot.end();

    const log = munot.output();
    const lines = log.split("\n").filter((line) => line.startsWith("{"));
    expect(lines.length).toBeGreaterThan(10);
    for (const line of lines) expect(() => JSON.parse(line)).not.toThrow();
    const secrets = {
      "a password": testPassword,
      "a wrong password": wrongPassword,
      "a login name": loginName,
      "an e-mail address": "@acme.example",
      "a redirect URI's state": `${redirectUri}?`,
      "an authorization code": code,
      "a client secret": client.clientSecret,
      "the owner's token": munot.ownerPat,
      "the login client's token": munot.loginClientPat,
      "an access token": byPages.access_token,
      "another access token": byApi.tokens.access_token,
      "a refresh token": byPages.refresh_token,
      "the next refresh token": refreshed.refresh_token,
      "an ID token": byPages.id_token,
      "a session token": byApi.sessionToken,
      ...Object.fromEntries([...browser.cookies].map(([name, value]) => [`cookie ${name}`, value])),
    };
    for (const [what, secret] of Object.entries(secrets)) {
      expect([what, secret.length > 4]).toEqual([what, true]);
      expect([what, lines.filter((line) => line.includes(secret))]).toEqual([what, []]);
      // The part behind the id is the secret; it must not stand alone either.
      const bare = secret.split(".").at(-1) ?? "";
      if (bare.length >= 43) expect([what, log.includes(bare)]).toEqual([what, false]);
    }
  });
});
