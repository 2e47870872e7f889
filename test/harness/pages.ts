import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { BrowserContext, Page } from "playwright-core";
import { expect } from "vitest";

const axeSource = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

type Finding = {
  readonly id: string;
  readonly impact?: string | null;
  readonly nodes: readonly { readonly html: string }[];
};

/** Fails when axe-core finds anything on the page that it calls serious or critical. */
export const expectAccessible = async (page: Page): Promise<void> => {
  // Through the debugger, as an extension would: the page's own policy admits no script.
  const client = await page.context().newCDPSession(page);
  await client.send("Page.setBypassCSP", { enabled: true });
  const evaluate = async (expression: string): Promise<unknown> => {
    const { result, exceptionDetails } = await client.send("Runtime.evaluate", {
      expression,
      awaitPromise: true,
      returnByValue: true,
    });
    if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
    return result.value;
  };
  await evaluate(axeSource);
  const found = await evaluate("axe.run(document).then(({ violations }) => JSON.stringify(violations))");
  // The text is axe's own result.
  const findings = JSON.parse(String(found)) as readonly Finding[];
  const serious = findings.filter(({ impact }) => impact === "serious" || impact === "critical");
  expect(
    serious.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(" | ")}`),
    page.url(),
  ).toEqual([]);
  await client.detach();
};

/** Signs in at the sign-in pages, from the login name on. */
export const signIn = async (page: Page, loginName: string, password: string): Promise<void> => {
  await page.getByLabel("Login name").fill(loginName);
  await page.getByRole("button", { name: "Next" }).click();
  await page.getByLabel("Password", { exact: true }).fill(password);
  await page.getByRole("button", { name: "Sign in" }).click();
};

/** Everything that went over the wire for the sign-in pages in this context, in bytes. */
export const countBytes = (context: BrowserContext, origin: string): (() => Promise<number>) => {
  const sizes: Promise<number>[] = [];
  context.on("requestfinished", (request) => {
    if (!request.url().startsWith(origin)) return;
    sizes.push(request.sizes().then((size) => size.responseBodySize + size.responseHeadersSize));
  });
  return async () => (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
};
