import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { launchChromium } from "../harness/chromium.ts";
import {
  openProvider,
  type Person,
  type Provider,
  pkcePair,
  requestOf,
  type TestClient,
} from "../harness/conformance.ts";
import { onEachDatabase } from "../harness/munot.ts";
import { expectAccessible, signIn } from "../harness/pages.ts";

const deviceCode = "urn:ietf:params:oauth:grant-type:device_code";
const looks: Readonly<Record<string, BrowserContextOptions>> = {
  desktop: { colorScheme: "light" },
  phone: { colorScheme: "dark", viewport: { width: 360, height: 740 }, locale: "de-DE" },
};
const pictures = process.env.MUNOT_TEST_PICTURES;

onEachDatabase("consent and devices", (database) => {
  let provider: Provider;
  let browser: Browser;
  let tv: TestClient;
  let stranger: string;
  const redirectUri = "https://planner.example/cb";

  beforeAll(async () => {
    [provider, browser] = await Promise.all([openProvider({}, database), launchChromium()]);
    const { directory, munot, projectId } = provider;
    await directory.must(munot.ownerPat, "munot.registration.v1.ClientRegistrationService/SetRegistrationPolicy", {
      policy: { projectId, registration: "open", perAddressPerHour: 1_000 },
    });
    const registered = await fetch(`${munot.url}/oauth/v2/register`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({
        client_name: "Planner <b>for</b> everybody's very long and detailed plans",
        redirect_uris: [redirectUri],
        policy_uri: "https://planner.example/privacy",
        tos_uri: "https://planner.example/terms",
        token_endpoint_auth_method: "none",
        grant_types: ["authorization_code", "refresh_token"],
      }),
    });
    // RFC 7591 §3.2.1: a JSON object with this member.
    ({ client_id: stranger } = (await registered.json()) as { client_id: string });
    tv = await provider.addClient({
      grantTypes: ["OIDC_GRANT_TYPE_DEVICE_CODE", "OIDC_GRANT_TYPE_REFRESH_TOKEN"],
      appType: "OIDC_APP_TYPE_NATIVE",
      authMethodType: "OIDC_AUTH_METHOD_TYPE_NONE",
    });
  });
  afterAll(async () => {
    await browser?.close();
    await provider?.stop();
  });

  const looked = async (page: Page, name: string): Promise<void> => {
    await expectAccessible(page);
    const client = await page.context().newCDPSession(page);
    const { cssContentSize, cssLayoutViewport } = await client.send("Page.getLayoutMetrics");
    expect(cssContentSize.width, `${name} scrolls sideways`).toBeLessThanOrEqual(cssLayoutViewport.clientWidth);
    await client.detach();
    if (pictures === undefined) return;
    mkdirSync(pictures, { recursive: true });
    await page.screenshot({ path: join(pictures, `${database}-${name}.png`), fullPage: true });
  };

  const signInAs = async (page: Page, person: Person, isGerman: boolean): Promise<void> => {
    if (!isGerman) return signIn(page, person.userName, person.password);
    await page.getByLabel("Anmeldename").fill(person.userName);
    await page.locator("button[type=submit]").first().click();
    await page.locator("input[type=password]").fill(person.password);
    await page.locator("button[type=submit]").first().click();
  };

  test.each(Object.entries(looks))(
    "a stranger's client is shown, allowed and taken back (%s)",
    async (look, options) => {
      const context = await browser.newContext({ locale: "en-GB", ...options });
      await context.route("https://planner.example/**", (route) => route.fulfill({ body: "planner" }));
      const page = await context.newPage();
      const person = await provider.addPerson();
      const request = requestOf(
        { clientId: stranger, redirectUri },
        { scope: "openid profile email", code_challenge: pkcePair().challenge, code_challenge_method: "S256" },
      );
      await page.goto(`${provider.metadata.authorization_endpoint}?${new URLSearchParams(request)}`);
      await signInAs(page, person, look === "phone");
      await page.getByText("planner.example").first().waitFor();
      expect(await page.getByText("Planner <b>for</b> everybody").count()).toBeGreaterThan(0);
      await looked(page, `consent-${look}`);
      await page.locator("button[value=allow]").first().click();
      await page.waitForURL(/planner\.example\/cb\?code=/);
      await page.goto(`${provider.munot.url}/ui/account/applications`);
      await page.getByText("planner.example").first().waitFor();
      await looked(page, `applications-${look}`);
      await page.locator("main button[type=submit], main button:not([type])").first().click();
      await page.getByText("planner.example").first().waitFor({ state: "detached" });
      await looked(page, `applications-none-${look}`);
      await context.close();
    },
  );

  test.each(Object.entries(looks))("a device is allowed by its code (%s)", async (look, options) => {
    const context = await browser.newContext({ locale: "en-GB", ...options });
    const page = await context.newPage();
    const answer = await fetch(String(provider.metadata.device_authorization_endpoint), {
      method: "POST",
      body: new URLSearchParams({ client_id: tv.clientId, scope: "openid profile" }),
    });
    // RFC 8628 §3.2: a JSON object with these members.
    const asked = (await answer.json()) as { user_code: string; device_code: string; verification_uri: string };
    await page.goto(asked.verification_uri);
    await looked(page, `device-${look}`);
    await page.locator("input[name=user_code]").fill("BBBB-BBBB");
    await page.locator("main button").first().click();
    await looked(page, `device-wrong-${look}`);
    await page.locator("input[name=user_code]").fill(asked.user_code.toLowerCase().replace("-", " "));
    await page.locator("main button").first().click();
    await signInAs(page, await provider.addPerson(), look === "phone");
    await page.locator("button[value=allow]").first().waitFor();
    await looked(page, `approval-${look}`);
    await page.locator("button[value=allow]").first().click();
    await page.locator("main h1").waitFor();
    await looked(page, `approved-${look}`);
    const tokens = await fetch(String(provider.metadata.token_endpoint), {
      method: "POST",
      body: new URLSearchParams({ grant_type: deviceCode, client_id: tv.clientId, device_code: asked.device_code }),
    });
    expect(tokens.status).toBe(200);
    await context.close();
  });
});
