/**
 * Renders every sign-in page with sample data in a real Chromium, takes pictures, and reports what axe-core finds.
 * `node tools/preview-pages.ts <folder> [part of a page's name]`
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";
import { htmlText } from "../src/login/html.ts";
import { type Language, languageCodes } from "../src/login/i18n/languages.ts";
import { translator } from "../src/login/i18n/translator.ts";
import { mark } from "../src/login/mark.ts";
import { samples } from "../src/login/pages/samples.ts";
import { stylesheet } from "../src/login/style.ts";

const origin = "http://preview.localhost";
const policy = "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'";
const axeSource = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

type View = BrowserContextOptions & { readonly name: string; readonly language: Language };

const desktop = { viewport: { width: 1280, height: 800 } };
const phone = { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, isMobile: true, hasTouch: true };
const views: readonly View[] = [
  { name: "desktop-light", language: "en", ...desktop, colorScheme: "light" },
  { name: "desktop-dark", language: "de", ...desktop, colorScheme: "dark" },
  { name: "phone-light", language: "de", ...phone, colorScheme: "light" },
  { name: "phone-dark", language: "en", ...phone, colorScheme: "dark" },
  // 1280 x 800 at 200 % and at 400 % zoom (WCAG 2.2, 1.4.4 and 1.4.10).
  {
    name: "zoom-200",
    language: "de",
    viewport: { width: 640, height: 400 },
    deviceScaleFactor: 2,
    colorScheme: "light",
  },
  {
    name: "zoom-400",
    language: "de",
    viewport: { width: 320, height: 200 },
    deviceScaleFactor: 4,
    colorScheme: "light",
  },
  { name: "forced-colors", language: "en", ...desktop, forcedColors: "active", colorScheme: "dark" },
];

async function serve(page: Page, bodies: ReadonlyMap<string, { type: string; body: string }>): Promise<void> {
  await page.route("**/*", async (route) => {
    const found = bodies.get(new URL(route.request().url()).pathname);
    if (!found) return route.fulfill({ status: 404 });
    return route.fulfill({ contentType: found.type, body: found.body, headers: { "content-security-policy": policy } });
  });
}

async function findings(page: Page): Promise<string[]> {
  await page.evaluate(axeSource);
  // The page has no script of its own; axe was put there by the line above.
  const violations: { id: string; impact: string; nodes: { html: string; failureSummary: string }[] }[] =
    await page.evaluate("axe.run().then(result => result.violations)");
  const overflow = await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth");
  const small: string[] =
    await page.evaluate(`[...document.querySelectorAll("a, button, summary, input:not([type=hidden], [hidden])")]
    .filter((element) => element.getBoundingClientRect().height < 44 && !element.closest(".alert"))
    .map((element) => "lower than 44 px: " + element.outerHTML.slice(0, 120))`);
  return [
    ...violations.map(
      ({ id, impact, nodes }) =>
        `${impact} ${id}: ${nodes.map((node) => `${node.html}\n    ${node.failureSummary}`).join("\n    ")}`,
    ),
    ...(Number(overflow) > 0 ? [`scrolls sideways by ${overflow} px`] : []),
    ...small,
  ];
}

async function preview(browser: Browser, folder: string, only: string): Promise<number> {
  let count = 0;
  for (const { name: view, language, ...options } of views) {
    const context = await browser.newContext(options);
    const page = await context.newPage();
    const pages = Object.entries(samples).filter(([name]) => name.includes(only));
    const bodies = new Map(
      [stylesheet, mark].map(({ path, contentType, body }) => [path, { type: contentType, body }]),
    );
    for (const [name, render] of pages) {
      const body = htmlText(render(translator(language)));
      bodies.set(`/${name}`, { type: "text/html; charset=utf-8", body });
      writeFileSync(join(folder, `${name}.${language}.html`), body);
    }
    await serve(page, bodies);
    const said: string[] = [];
    page.on("console", (message) => said.push(message.text()));
    for (const [name] of pages) {
      await page.goto(`${origin}/${name}`);
      await page.screenshot({ path: join(folder, `${name}.${view}.png`), fullPage: true });
      for (const finding of [...(await findings(page)), ...said.splice(0)]) {
        count += 1;
        process.stdout.write(`${name} (${view}): ${finding}\n`);
      }
    }
    await context.close();
  }
  return count;
}

const [folder, only = ""] = process.argv.slice(2);
if (folder === undefined) throw new Error("usage: node tools/preview-pages.ts <folder> [part of a page's name]");
mkdirSync(folder, { recursive: true });
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
  ],
});
const count = await preview(browser, folder, only).finally(() => browser.close());
process.stdout.write(`${count} findings, pictures of ${languageCodes.join(" and ")} pages in ${folder}\n`);
process.exitCode = count === 0 ? 0 : 1;
