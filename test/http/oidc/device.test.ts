import { afterAll, beforeAll, expect, test } from "vitest";
import { browserOf } from "../../harness/client.ts";
import { askToken, type Json, openProvider, type Provider, type TestClient } from "../../harness/conformance.ts";

const grantType = "urn:ietf:params:oauth:grant-type:device_code";

let provider: Provider;
let tv: TestClient;

beforeAll(async () => {
  provider = await openProvider();
  tv = await provider.addClient({
    grantTypes: ["OIDC_GRANT_TYPE_DEVICE_CODE", "OIDC_GRANT_TYPE_REFRESH_TOKEN"],
    appType: "OIDC_APP_TYPE_NATIVE",
    authMethodType: "OIDC_AUTH_METHOD_TYPE_NONE",
  });
});
afterAll(() => provider?.stop());

const ask = async (): Promise<Json> => {
  const answer = await fetch(String(provider.metadata.device_authorization_endpoint), {
    method: "POST",
    body: new URLSearchParams({ client_id: tv.clientId, scope: "openid profile" }),
  });
  // RFC 8628 §3.2: a JSON object.
  return (await answer.json()) as Json;
};
const poll = (asked: Json) =>
  askToken(provider, { grant_type: grantType, client_id: tv.clientId, device_code: String(asked.device_code) });

/** Follows a device's link, signs in, and gives the page that asks. */
const openLink = async (uri: unknown) => {
  const userCode = new URL(String(uri)).searchParams.get("user_code") ?? "";
  const person = await provider.addPerson();
  const browser = browserOf(provider.munot.url);
  const link = await browser.get(String(uri));
  const codePage = await browser.get(link.location ?? "");
  const begun = await browser.submit(codePage, { user_code: userCode });
  const namePage = await browser.get(begun.location ?? "");
  const passwordPage = await browser.submit(namePage, { loginName: person.userName });
  const approval = await browser.submit(passwordPage, { password: person.password });
  return { person, browser, codePage, approval };
};

test("the link of a device leads through its code and a sign-in to a question, and the answer to tokens", async () => {
  const asked = await ask();
  const { person, browser, codePage, approval } = await openLink(asked.verification_uri_complete);
  expect(codePage.html).toContain(`value="${asked.user_code}"`);
  for (const shown of ["recognise you by your account here", "see your name", person.userName, "Refuse"])
    expect(approval.html).toContain(shown);
  expect((await poll(asked)).body).toMatchObject({ error: "authorization_pending" });
  expect((await browser.submit(approval, { answer: "allow" })).html).toContain("Allowed");
  const { body } = await poll(asked);
  expect(await (await provider.userinfo(String(body.access_token))).json()).toMatchObject({ sub: person.userId });
  expect((await browser.submit(approval, { answer: "allow" })).status).toBe(410);
});

test("whoever refuses, refuses; another browser cannot answer with the link of the first", async () => {
  const asked = await ask();
  const { browser, approval } = await openLink(asked.verification_uri_complete);
  const stranger = browserOf(provider.munot.url);
  const own = await stranger.get("/ui/login/device");
  const csrf = /name="csrf" value="([^"]+)"/.exec(own.html)?.[1] ?? "";
  const fields = Object.fromEntries(
    [...approval.html.matchAll(/name="(authRequestId|session)" value="([^"]*)"/g)].map(([, name = "", value = ""]) => [
      name,
      value,
    ]),
  );
  const stolen = await stranger.post("/ui/login/approval", { ...fields, csrf, answer: "allow" });
  expect(stolen.status).toBe(410);
  expect((await browser.submit(approval, { answer: "deny" })).html).toContain("Refused");
  expect((await poll(asked)).body).toMatchObject({ error: "access_denied" });
});

test("class H: codes cannot be searched for, wrong ones count", async () => {
  const browser = browserOf(provider.munot.url);
  const page = await browser.get("/ui/login/device");
  const statuses: number[] = [];
  for (let tries = 0; tries < 25; tries += 1) {
    statuses.push((await browser.submit(page, { user_code: "BBBB-BBBB" })).status);
  }
  expect(statuses[0]).toBe(422);
  expect(statuses.at(-1)).toBe(429);
});
