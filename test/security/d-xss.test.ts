import { afterAll, beforeAll, expect, test } from "vitest";
import { browserOf, directoryOf, type OidcClient, relyingParty, testPassword } from "../harness/client.ts";
import { onEachDatabase, type RunningMunot, startMunot } from "../harness/munot.ts";

const markup = `"><img src=x onerror=alert(1)>'{{7*7}}\${7*7}`;

/** No piece of the markup may stand in a page as markup. */
const expectHarmless = (page: { readonly html: string; readonly headers: Headers }, what: string): void => {
  expect([what, page.html]).toEqual([what, expect.not.stringContaining("<img src=x")]);
  expect([what, page.html]).toEqual([what, expect.not.stringMatching(/<script(?![^>]* src="\/ui\/assets\/)/)]);
  expect([what, page.headers.get("content-security-policy")]).toEqual([
    what,
    expect.stringMatching(/^default-src 'none'/),
  ]);
  expect([what, page.headers.get("content-security-policy")]).toEqual([what, expect.not.stringContaining("unsafe")]);
};

onEachDatabase("markup in names stays text", (database) => {
  let munot: RunningMunot;
  let client: OidcClient;
  beforeAll(async () => {
    munot = await startMunot({ database });
    const directory = directoryOf(munot);
    const orgId = await directory.addOrg(`Acme ${markup}`);
    await directory.must(munot.ownerPat, "user.v2.UserService/AddHumanUser", {
      organization: { orgId },
      username: `ada${markup}`,
      profile: { givenName: markup, familyName: markup, displayName: markup, nickName: markup },
      email: { email: "ada@acme.example", isVerified: true },
      password: { password: testPassword, changeRequired: false },
    });
    client = await directory.addClient(await directory.addProject(orgId, `Notes ${markup}`), `Notes ${markup}`);
  });
  afterAll(() => munot?.stop());

  test("application, login name and account on every page of a sign-in", async () => {
    const party = relyingParty(munot.url, client);
    const browser = browserOf(munot.url);
    const begun = await browser.get(party.authorizeUrl({ login_hint: markup, ui_locales: markup }));
    const namePage = await browser.get(begun.location ?? "");
    expectHarmless(namePage, "login name");
    expect(namePage.html).toContain("&lt;img src=x");
    const unknown = await browser.submit(namePage, { loginName: markup });
    expectHarmless(unknown, "unknown login name");
    const passwordPage = await browser.submit(namePage, { loginName: `ada${markup}` });
    expectHarmless(passwordPage, "password");
    expectHarmless(await browser.submit(passwordPage, { password: markup }), "wrong password");
    const done = await browser.submit(passwordPage, { password: testPassword });
    expect(done.location).toMatch(/callback\?code=/);

    const again = await browser.get(party.authorizeUrl({ prompt: "select_account" }));
    const choice = await browser.get(again.location ?? "");
    expect(choice.html).toContain("&lt;img src=x");
    expectHarmless(choice, "account choice");
    expectHarmless(await browser.get("/ui/login/sign-out"), "sign out");
  });

  test("whatever stands in a URL", async () => {
    const browser = browserOf(munot.url);
    const sent = encodeURIComponent(markup);
    for (const path of [
      `/oauth/v2/authorize?client_id=${sent}`,
      `/oauth/v2/authorize?client_id=${client.clientId}&redirect_uri=${sent}`,
      `/oauth/v2/authorize?client_id=${client.clientId}&redirect_uri=javascript:alert(1)`,
      `/ui/login?authRequest=${sent}`,
      `/ui/login?authRequest=${sent}&ui_locales=${sent}`,
      `/ui/login/first-administrator?token=${sent}`,
      `/ui/login/sign-out?next=${encodeURIComponent("javascript:alert(1)")}`,
      `/ui/login/signed-out?${sent}`,
      `/oidc/v1/end_session?id_token_hint=${sent}&post_logout_redirect_uri=${sent}&client_id=${sent}`,
      `/${sent}`,
    ]) {
      const page = await browser.get(path);
      if (page.status >= 300 && page.status < 400) {
        expect([path, page.location]).toEqual([path, expect.not.stringMatching(/^javascript:/i)]);
        continue;
      }
      expectHarmless(page, path);
      expect([path, page.html]).toEqual([path, expect.not.stringMatching(/(href|action|src)="javascript:/i)]);
    }
  });
});
