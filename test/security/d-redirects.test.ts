import { afterAll, beforeAll, expect, test } from "vitest";
import { browserOf, directoryOf, testPassword } from "../harness/client.ts";
import { onEachDatabase, type RunningMunot, startMunot } from "../harness/munot.ts";

/** What a link on another site may hold in place of a path of ours. */
const leadingAway = [
  "//evil.example",
  "/\\evil.example",
  "/\t/evil.example",
  "/.//evil.example",
  "/x/..//evil.example",
  "/%2e//evil.example",
  "/.\\\\evil.example",
  "https://evil.example/",
  "javascript:alert(1)",
];

onEachDatabase("addresses in links to the sign-out page", (database) => {
  let munot: RunningMunot;
  beforeAll(async () => {
    munot = await startMunot({ database });
    const directory = directoryOf(munot);
    await directory.addUser(await directory.addOrg("Acme"), { userName: "ada" });
  });
  afterAll(() => munot?.stop());

  const link = (next: string) => `/ui/login/sign-out?${new URLSearchParams({ next })}`;
  const signedIn = async () => {
    const browser = browserOf(munot.url);
    const password = await browser.submit(await browser.get("/ui/login"), { loginName: "ada" });
    await browser.submit(password, { password: testPassword });
    return browser;
  };
  const targetOf = (location: string | null): string => new URL(location ?? "", `${munot.url}/`).origin;

  test.each(leadingAway)("%j leads nowhere else, signed in or not", async (next) => {
    const stranger = await browserOf(munot.url).get(link(next));
    expect([stranger.status, targetOf(stranger.location)]).toEqual([303, munot.url]);
    const browser = await signedIn();
    const sent = await browser.submit(await browser.get(link(next)), { next });
    expect([sent.status, targetOf(sent.location)]).toEqual([303, munot.url]);
  });

  test.each(["https://x;sandbox", "https://x,default-src", "https://*", "javascript:alert(1)"])(
    "%j cannot change the page's policy",
    async (uri) => {
      const browser = await signedIn();
      const policyOf = async (next: string) => (await browser.get(link(next))).headers.get("content-security-policy");
      const next = `/oidc/v1/end_session?${new URLSearchParams({ post_logout_redirect_uri: uri })}`;
      expect(await policyOf(next)).toBe(await policyOf("/"));
    },
  );
});
