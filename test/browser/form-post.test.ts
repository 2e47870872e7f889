import { createServer, type Server } from "node:http";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { launchChromium } from "../harness/chromium.ts";
import { openProvider, type Person, type Provider, requestOf, type TestClient } from "../harness/conformance.ts";
import { expectAccessible, signIn } from "../harness/pages.ts";
import { freePort } from "../harness/ports.ts";

let provider: Provider;
let browser: Browser;
let party: Server;
let client: TestClient;
let person: Person;
const received: Record<string, string>[] = [];

beforeAll(async () => {
  const port = await freePort();
  party = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      // Browsers ask for an icon, too.
      if (request.method === "POST")
        received.push(Object.fromEntries(new URLSearchParams(Buffer.concat(chunks).toString("utf8"))));
      response.setHeader("content-type", "text/html");
      response.end(`<!doctype html><title>${request.method}</title><h1>Back by ${request.method}</h1>`);
    });
  }).listen(port, "127.0.0.1");
  [provider, browser] = await Promise.all([openProvider(), launchChromium()]);
  const redirectUri = `http://localhost:${port}/callback`;
  client = { ...(await provider.addClient({ redirectUris: [redirectUri], devMode: true })), redirectUri };
  person = await provider.addPerson();
});
afterAll(async () => {
  await browser?.close();
  party?.close();
  await provider?.stop();
});

const visit = async (javaScriptEnabled: boolean, journey: (page: Page) => Promise<void>): Promise<void> => {
  const context = await browser.newContext({ locale: "en-GB", javaScriptEnabled });
  try {
    await journey(await context.newPage());
  } finally {
    await context.close();
  }
};
const begin = (page: Page, request: Readonly<Record<string, string>>) =>
  page.goto(`${provider.metadata.authorization_endpoint}?${new URLSearchParams(request)}`);
const arrived = (page: Page) => page.getByRole("heading", { name: "Back by POST" }).waitFor();

test.each(["code", "id_token"])("the answer to %s is posted by itself where scripts run", async (type) => {
  const request = requestOf(client, { response_type: type, response_mode: "form_post" });
  await visit(true, async (page) => {
    await begin(page, request);
    await signIn(page, person.userName, person.password);
    await arrived(page);
    const answer = received.at(-1) ?? {};
    expect(answer).toMatchObject({ state: request.state, iss: provider.issuer, [type]: expect.any(String) });
    if (type === "id_token") expect((await provider.verifyIdToken(answer.id_token, client)).nonce).toBe(request.nonce);
    // The session answers the next request without a page.
    await begin(page, requestOf(client, { response_type: type, response_mode: "form_post", prompt: "none" }));
    await arrived(page);
  });
});

test("without script a button posts it, on a page that everybody can use", async () => {
  const request = requestOf(client, { response_mode: "form_post" });
  await visit(false, async (page) => {
    await begin(page, request);
    await signIn(page, person.userName, person.password);
    await page.getByRole("button", { name: "Continue" }).click();
    await arrived(page);
    expect(received.at(-1)).toMatchObject({ state: request.state, code: expect.any(String) });
  });
  await visit(true, async (page) => {
    // Held before it posts, so that it can be looked at.
    await page.route("**/submit-form.*.js", (route) => route.fulfill({ contentType: "text/javascript", body: "" }));
    await begin(page, request);
    await signIn(page, person.userName, person.password);
    await page.getByRole("button", { name: "Continue" }).waitFor();
    await expectAccessible(page);
  });
});
