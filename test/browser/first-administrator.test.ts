import { spawnSync } from "node:child_process";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { launchChromium } from "../harness/chromium.ts";
import { onEachDatabase, type RunningMunot, startMunot } from "../harness/munot.ts";
import { expectAccessible, signIn } from "../harness/pages.ts";

const password = "Rheinfall-1589!";
const munotCommand = join(import.meta.dirname, "..", "..", "tools", "munot.mjs");

onEachDatabase("the first administrator", (database) => {
  let munot: RunningMunot;
  let browser: Browser;
  beforeAll(async () => {
    munot = await startMunot({ database });
    browser = await launchChromium();
  });
  afterAll(async () => {
    await browser?.close();
    await munot?.stop();
  });

  const linkIn = (text: string): string => {
    const link = /http:\/\/localhost:\d+\/ui\/\S+/.exec(text)?.[0];
    if (!link) throw new Error(`no link in:\n${text}`);
    return link;
  };

  test("opens the printed link once, makes the account, and signs in with it", async () => {
    const link = linkIn(munot.output());
    const page = await browser.newPage({ locale: "en-GB" });
    await page.goto(link);
    await page.getByRole("heading", { level: 1, name: "Create the first administrator" }).waitFor();
    await expectAccessible(page);

    await page.getByRole("button", { name: "Create administrator" }).click();
    await page.getByText(/Please check/).waitFor();
    await expectAccessible(page);

    await page.getByLabel("Given name").fill("Mina");
    await page.getByLabel("Family name").fill("Keeper");
    await page.getByLabel("Email address").fill("mina@acme.example");
    await page.getByLabel("User name").fill("mina");
    await page.getByLabel("Password", { exact: true }).fill("weak");
    await page.getByLabel("Repeat the password").fill("weak");
    await page.getByRole("button", { name: "Create administrator" }).click();
    await page
      .getByText(/does not meet all requirements/)
      .first()
      .waitFor();

    await page.getByLabel("Password", { exact: true }).fill(password);
    await page.getByLabel("Repeat the password").fill(password);
    await page.getByRole("button", { name: "Create administrator" }).click();
    await page.getByRole("heading", { level: 1, name: "You are signed in" }).waitFor();
    await expectAccessible(page);
    await page.getByText("Mina Keeper").waitFor();

    await page.goto(link);
    await page.getByRole("heading", { level: 1, name: "This link was already used" }).waitFor();
    await expectAccessible(page);
    await page.context().close();

    const fresh = await browser.newPage({ locale: "en-GB" });
    await fresh.goto(`${munot.url}/ui/login`);
    await signIn(fresh, "mina", password);
    await fresh.getByRole("heading", { level: 1, name: "You are signed in" }).waitFor();
    await fresh.getByRole("button", { name: "Sign out" }).click();
    await fresh.getByRole("heading", { level: 1, name: "You are signed out" }).waitFor();
    await fresh.context().close();
  });

  test("munot admin link makes a new one while the server runs", async () => {
    const settings = { MUNOT_PORT: String(munot.port), MUNOT_DATA_DIR: munot.dataDir, ...munot.databaseSettings };
    const made = spawnSync(process.execPath, [munotCommand, "admin", "link"], {
      cwd: munot.dataDir,
      env: { PATH: process.env.PATH, ...settings },
      encoding: "utf8",
    });
    expect(made.stderr).toBe("");
    const page = await browser.newPage({ locale: "en-GB" });
    await page.goto(linkIn(made.stdout));
    await page.getByRole("heading", { level: 1, name: "Create the first administrator" }).waitFor();
    await page.goto(`${linkIn(made.stdout)}x`);
    await page.getByRole("heading", { level: 1, name: "This link is not valid" }).waitFor();
    await page.context().close();
  });
});
