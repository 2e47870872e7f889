import { createServer, type Server } from "node:http";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { launchChromium } from "../harness/chromium.ts";
import {
  openProvider,
  type Person,
  type Provider,
  redeem,
  requestOf,
  type TestClient,
} from "../harness/conformance.ts";
import { expectAccessible, signIn } from "../harness/pages.ts";
import { freePort } from "../harness/ports.ts";

let provider: Provider;
let browser: Browser;
let party: Server;
let client: TestClient;
let person: Person;
let origin: string;
const told: URL[] = [];
/** whether the relying party answers in its frame */
const front = { answers: true };

beforeAll(async () => {
  const port = await freePort();
  origin = `http://localhost:${port}`;
  party = createServer((request, response) => {
    const url = new URL(request.url ?? "/", origin);
    if (url.pathname === "/front-channel") {
      told.push(url);
      if (!front.answers) return;
    }
    response.setHeader("content-type", "text/html");
    response.end(`<!doctype html><title>Party</title><h1>${url.pathname}</h1>`);
  }).listen(port, "127.0.0.1");
  [provider, browser] = await Promise.all([openProvider(), launchChromium()]);
  const redirectUri = `${origin}/callback`;
  const config = { redirectUris: [redirectUri], postLogoutRedirectUris: [`${origin}/bye`], devMode: true };
  client = {
    ...(await provider.addClient(config, { frontChannelLogoutUri: `${origin}/front-channel` })),
    redirectUri,
  };
  person = await provider.addPerson();
});
afterAll(async () => {
  await browser?.close();
  party?.closeAllConnections();
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

/** Signs in by the pages; gives the ID token and the session state of the answer. */
const signInAs = async (page: Page) => {
  await page.goto(`${provider.metadata.authorization_endpoint}?${new URLSearchParams(requestOf(client))}`);
  await signIn(page, person.userName, person.password);
  await page.getByRole("heading", { name: "/callback" }).waitFor();
  const answer = new URL(page.url()).searchParams;
  const { body } = await redeem(provider, client, answer.get("code") ?? "");
  return { idToken: String(body.id_token), sessionState: answer.get("session_state") ?? "" };
};

const signOutUrl = (idToken: string) =>
  `${provider.metadata.end_session_endpoint}?${new URLSearchParams({
    id_token_hint: idToken,
    post_logout_redirect_uri: `${origin}/bye`,
  })}`;

test("oidcc-frontchannel-rp-initiated-logout: the frame is opened, and the browser comes back by itself", async () => {
  await visit(true, async (page) => {
    const { idToken } = await signInAs(page);
    const { sid } = await provider.verifyIdToken(idToken, client);
    await page.goto(signOutUrl(idToken));
    await page.getByRole("heading", { name: "/bye" }).waitFor();
    expect(Object.fromEntries(told.at(-1)?.searchParams ?? [])).toEqual({ iss: provider.issuer, sid });
  });
});

test("an application that does not answer keeps nobody for long", async () => {
  front.answers = false;
  try {
    await visit(true, async (page) => {
      const { idToken } = await signInAs(page);
      await page.goto(signOutUrl(idToken), { waitUntil: "commit" });
      await page.getByRole("heading", { name: "/bye" }).waitFor({ timeout: 15_000 });
    });
  } finally {
    front.answers = true;
  }
});

test("without script a link goes on, on a page that everybody can use", async () => {
  await visit(false, async (page) => {
    const { idToken } = await signInAs(page);
    const before = told.length;
    await page.goto(signOutUrl(idToken));
    await page.getByRole("link", { name: "Continue" }).click();
    await page.getByRole("heading", { name: "/bye" }).waitFor();
    expect(told.length).toBe(before + 1);
  });
  front.answers = false;
  try {
    await visit(true, async (page) => {
      const { idToken } = await signInAs(page);
      await page.goto(signOutUrl(idToken), { waitUntil: "commit" });
      await page.getByRole("heading", { name: "Signing you out" }).waitFor();
      await expectAccessible(page);
    });
  } finally {
    front.answers = true;
  }
});

/** What our frame answers a script of the page. */
const ask = async (page: Page, frameUrl: string, message: string): Promise<string> =>
  // As text: it runs in the browser, whose names these tests do not have.
  String(
    await page.evaluate(`(async () => {
      const frame = document.createElement("iframe");
      frame.src = ${JSON.stringify(frameUrl)};
      const loaded = new Promise((resolve) => frame.addEventListener("load", resolve));
      document.body.append(frame);
      await loaded;
      const answered = new Promise((resolve) =>
        addEventListener("message", ({ data, origin }) => resolve(data + " " + origin), { once: true }),
      );
      frame.contentWindow.postMessage(${JSON.stringify(message)}, new URL(frame.src).origin);
      return answered;
    })()`),
  );

test("oidcc-session-management-rp-initiated-logout: unchanged while signed in, changed after, error for nonsense", async () => {
  await visit(true, async (page) => {
    const { idToken, sessionState } = await signInAs(page);
    const frame = String(provider.metadata.check_session_iframe);
    const says = (message: string) => ask(page, frame, message);
    expect(await says(`${client.clientId} ${sessionState}`)).toBe(`unchanged ${provider.issuer}`);
    expect(await says(`another-client ${sessionState}`)).toBe(`changed ${provider.issuer}`);
    expect(await says(`${client.clientId} nonsense`)).toBe(`error ${provider.issuer}`);
    await page.goto(signOutUrl(idToken));
    await page.getByRole("heading", { name: "/bye" }).waitFor();
    expect(await says(`${client.clientId} ${sessionState}`)).toBe(`changed ${provider.issuer}`);
  });
});
