import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { launchChromium } from "../harness/chromium.ts";
import { type RunningMunot, startMunot } from "../harness/munot.ts";
import { expectAccessible } from "../harness/pages.ts";

let munot: RunningMunot;
let browser: Browser;
beforeAll(async () => {
  munot = await startMunot({ database: "sqlite" });
  browser = await launchChromium();
});
afterAll(async () => {
  await browser?.close();
  await munot?.stop();
});

test.each([
  { name: "desktop, light", viewport: { width: 1280, height: 800 }, colorScheme: "light" },
  { name: "phone, dark", viewport: { width: 390, height: 844 }, colorScheme: "dark" },
] as const)(
  "the API reference is found from the start page and read by everybody ($name)",
  async (view) => {
    const context = await browser.newContext({
      locale: "en-GB",
      viewport: view.viewport,
      colorScheme: view.colorScheme,
    });
    const page = await context.newPage();
    const said: string[] = [];
    page.on("console", (message) => said.push(message.text()));
    await page.goto(munot.url);
    await page.getByRole("link", { name: "API reference" }).click();
    expect(new URL(page.url()).pathname).toBe("/docs");
    expect(await page.getByRole("heading", { level: 1 }).textContent()).toBe("API reference");
    const { scrollWidth, clientWidth } = await page
      .locator("html")
      .evaluate(({ scrollWidth: all, clientWidth: seen }) => ({ scrollWidth: all, clientWidth: seen }));
    expect(scrollWidth).toBe(clientWidth);
    await expectAccessible(page);

    await page.getByRole("navigation").getByRole("link", { name: "user.v2.UserService" }).click();
    await page.getByRole("link", { name: "user.v2.SetHumanProfile" }).first().click();
    expect(new URL(page.url()).hash).toBe("#type-zitadel.user.v2.SetHumanProfile");
    expect(said).toEqual([]);
    await context.close();
  },
  60_000,
);
