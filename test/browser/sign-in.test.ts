import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { launchChromium } from "../harness/chromium.ts";
import { onEachDatabase, type RunningMunot, startMunot } from "../harness/munot.ts";
import { countBytes, expectAccessible, signIn } from "../harness/pages.ts";
import { type Sample, samplePassword, startSample } from "../harness/sample.ts";

const phone = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true } as const;
const desktop = { viewport: { width: 1280, height: 800 } } as const;

onEachDatabase("signing in with a real browser", (database) => {
  let munot: RunningMunot;
  let sample: Sample;
  let browser: Browser;
  beforeAll(async () => {
    munot = await startMunot({ database });
    sample = await startSample(munot);
    browser = await launchChromium();
  });
  afterAll(async () => {
    await browser?.close();
    await sample?.stop();
    await munot?.stop();
  });

  const visit = async (options: BrowserContextOptions, journey: (page: Page) => Promise<void>): Promise<void> => {
    const context = await browser.newContext({ locale: "en-GB", ...options });
    try {
      await journey(await context.newPage());
    } finally {
      await context.close();
    }
  };
  const heading = (page: Page, name: string | RegExp) => page.getByRole("heading", { level: 1, name }).waitFor();

  const looks = [
    { name: "desktop, light, with script", options: { ...desktop, colorScheme: "light", javaScriptEnabled: true } },
    { name: "phone, dark, with script", options: { ...phone, colorScheme: "dark", javaScriptEnabled: true } },
    { name: "phone, light, without script", options: { ...phone, colorScheme: "light", javaScriptEnabled: false } },
    { name: "desktop, dark, without script", options: { ...desktop, colorScheme: "dark", javaScriptEnabled: false } },
  ] as const;

  test.each(looks)("login, userinfo and logout: $name", async ({ options }) => {
    // axe-core is a script: where pages run without, the same pages have been looked at with.
    const look = options.javaScriptEnabled ? expectAccessible : async () => undefined;
    await visit(options, async (page) => {
      await page.goto(sample.url);
      await page.getByRole("link", { name: "Sign in with Munot" }).click();
      await heading(page, "Sign in");
      await look(page);
      await page.getByLabel("Login name").fill("ada");
      await page.keyboard.press("Enter");
      await heading(page, "Enter your password");
      await look(page);
      await page.getByLabel("Password", { exact: true }).fill(samplePassword);
      await page.keyboard.press("Enter");
      await heading(page, "Hello, Ada Lovelace");
      await page.getByText("ada@acme.example").first().waitFor();
      await page.getByRole("link", { name: "Sign out" }).click();
      await heading(page, "Acme Notes");
      await page.getByRole("link", { name: "Am I signed in already?" }).click();
      await page.getByText("Nobody is signed in at Munot.").waitFor();
    });
  });

  test("a wrong password says so, keeps the account, and the right one then works", async () => {
    await visit(desktop, async (page) => {
      await page.goto(`${sample.url}/login`);
      await signIn(page, "ada", "wrong");
      await page.getByRole("alert").waitFor();
      await expectAccessible(page);
      expect(await page.getByRole("alert").innerText()).toContain("The password is wrong");
      await page.getByLabel("Password", { exact: true }).fill(samplePassword);
      await page.getByRole("button", { name: "Sign in" }).click();
      await heading(page, "Hello, Ada Lovelace");
    });
  });

  test("an unknown login name is told so, where the policy does not conceal it", async () => {
    await visit(desktop, async (page) => {
      await page.goto(`${sample.url}/login`);
      await page.getByLabel("Login name").fill("nobody-of-that-name");
      await page.getByRole("button", { name: "Next" }).click();
      await page.getByText(/No account has this login name/).waitFor();
      await expectAccessible(page);
    });
  });

  test("a second account, the choice between both, and single sign-on without a page", async () => {
    await visit(desktop, async (page) => {
      await page.goto(`${sample.url}/login`);
      await signIn(page, "ada", samplePassword);
      await heading(page, "Hello, Ada Lovelace");

      await page.getByRole("link", { name: "Use another account" }).click();
      await heading(page, "Choose an account");
      await expectAccessible(page);
      await page.getByRole("button", { name: "Use another account" }).click();
      await signIn(page, "grace", samplePassword);
      await heading(page, "Hello, Grace Hopper");

      await page.goto(`${sample.url}/switch`);
      await heading(page, "Choose an account");
      await page.getByRole("button", { name: /^(?!Remove).*Ada Lovelace/ }).click();
      await heading(page, "Hello, Ada Lovelace");
    });
  });

  test("silent sign-in: prompt=none answers at once when somebody is signed in", async () => {
    await visit(desktop, async (page) => {
      await page.goto(`${sample.url}/login`);
      await signIn(page, "grace", samplePassword);
      await heading(page, "Hello, Grace Hopper");
      const pages: string[] = [];
      page.on("framenavigated", (frame) => pages.push(new URL(frame.url()).pathname));
      await page.getByRole("link", { name: "Check silently" }).click();
      await heading(page, "Hello, Grace Hopper");
      expect(pages.filter((path) => path.startsWith("/ui/"))).toEqual([]);
    });
  });

  test("ending the session by the Session API signs the browser out", async () => {
    await visit(desktop, async (page) => {
      await page.goto(`${sample.url}/login`);
      await signIn(page, "ada", samplePassword);
      await heading(page, "Hello, Ada Lovelace");
      const call = (path: string, method: string, body: object) =>
        fetch(`${munot.url}${path}`, {
          method,
          headers: { authorization: `Bearer ${munot.ownerPat}`, "content-type": "application/json" },
          body: JSON.stringify(body),
        });
      const found = await call("/v2/sessions/search", "POST", {
        queries: [{ userIdQuery: { id: sample.people.ada } }],
        sortingColumn: "SESSION_FIELD_NAME_CREATION_DATE",
      });
      const { sessions } = (await found.json()) as { sessions: { id: string }[] };
      expect(sessions.length).toBeGreaterThan(0);
      for (const session of sessions) {
        expect((await call(`/v2/sessions/${session.id}`, "DELETE", {})).status).toBe(200);
      }
      await page.goto(`${sample.url}/silent`);
      await page.getByText("Nobody is signed in at Munot.").waitFor();
    });
  });

  const states = [
    { does: "lock", text: /too many wrong passwords/ },
    { does: "deactivate", text: /Ask your administrator to activate/ },
  ] as const;

  test.each(states)("an account after $does is told so, and cannot sign in", async ({ does, text }) => {
    const user = await sample.addPerson(`after-${does}`, "Lock", "Smith");
    const answer = await fetch(`${munot.url}/v2/users/${user}/${does}`, {
      method: "POST",
      headers: { authorization: `Bearer ${munot.ownerPat}`, "content-type": "application/json" },
      body: "{}",
    });
    expect(answer.status).toBe(200);
    await visit(phone, async (page) => {
      await page.goto(`${sample.url}/login`);
      await signIn(page, `after-${does}`, samplePassword);
      await page.getByText(text).waitFor();
      expect(await page.getByLabel("Password", { exact: true }).count()).toBe(0);
      await expectAccessible(page);
    });
  });

  test("a given password must be replaced before the sign-in goes on", async () => {
    const answer = await fetch(`${munot.url}/v2/users/human`, {
      method: "POST",
      headers: { authorization: `Bearer ${munot.ownerPat}`, "content-type": "application/json" },
      body: JSON.stringify({
        organization: { orgId: sample.organizationId },
        username: "fresh",
        profile: { givenName: "Fresh", familyName: "Starter" },
        email: { email: "fresh@acme.example", isVerified: true },
        password: { password: samplePassword, changeRequired: true },
      }),
    });
    expect(answer.status).toBe(200);
    await visit(phone, async (page) => {
      await page.goto(`${sample.url}/login`);
      await signIn(page, "fresh", samplePassword);
      await heading(page, "Set a new password");
      await expectAccessible(page);
      const fill = async (password: string, repeat: string) => {
        await page.getByLabel("New password", { exact: true }).fill(password);
        await page.getByLabel("Repeat the new password").fill(repeat);
        await page.getByRole("button", { name: "Save and continue" }).click();
      };
      await fill("weak", "other");
      await page
        .getByText(/does not meet all requirements/)
        .first()
        .waitFor();
      await expectAccessible(page);
      await fill("Bodensee-1895!", "Bodensee-1895!");
      await heading(page, "Hello, Fresh Starter");
    });
    await visit(desktop, async (page) => {
      await page.goto(`${sample.url}/login`);
      await signIn(page, "fresh", samplePassword);
      await page.getByText(/The password is wrong/).waitFor();
    });
  });

  test("signing out without the application's proof is asked for, and then leads back to it", async () => {
    await visit(desktop, async (page) => {
      await page.goto(`${sample.url}/login`);
      await signIn(page, "ada", samplePassword);
      await heading(page, "Hello, Ada Lovelace");
      const back = new URLSearchParams({
        client_id: sample.client.clientId,
        post_logout_redirect_uri: `${sample.url}/`,
      });
      await page.goto(`${munot.url}/oidc/v1/end_session?${back}`);
      await heading(page, "Sign out?");
      await expectAccessible(page);
      await page.getByRole("button", { name: "Sign out" }).click();
      await page.waitForURL(`${sample.url}/`);
      await page.goto(`${sample.url}/silent`);
      await page.getByText("Nobody is signed in at Munot.").waitFor();
    });
  });

  test("a sign-in that is finished, unknown or forged is explained to the person", async () => {
    await visit(desktop, async (page) => {
      await page.goto(`${munot.url}/ui/login?authRequest=V2_1`);
      await heading(page, "This sign-in has expired");
      await expectAccessible(page);
      await page.goto(
        `${munot.url}/oauth/v2/authorize?client_id=unknown&response_type=code&redirect_uri=https://evil.example/`,
      );
      await heading(page, "This sign-in cannot start");
      await expectAccessible(page);
      expect(new URL(page.url()).origin).toBe(munot.url);
    });
  });

  test("German browsers get German pages, and the language can be changed", async () => {
    await visit({ ...desktop, locale: "de-CH" }, async (page) => {
      await page.goto(`${sample.url}/login`);
      expect(await page.locator("html").getAttribute("lang")).toBe("de");
      await page.getByRole("link", { name: "English" }).click();
      await heading(page, "Sign in");
    });
  });

  test("the first page view weighs under 30 KB and runs under a policy without script", async () => {
    const context = await browser.newContext({ locale: "en-GB" });
    const bytes = countBytes(context, munot.url);
    const page = await context.newPage();
    const response = await page.goto(`${sample.url}/login`, { waitUntil: "networkidle" });
    const policy = response?.headers()["content-security-policy"] ?? "";
    expect(policy).toContain("default-src 'none'");
    expect(policy).not.toMatch(/script-src|unsafe-inline/);
    expect(await bytes()).toBeLessThan(30_000);
    await context.close();
  });
});
