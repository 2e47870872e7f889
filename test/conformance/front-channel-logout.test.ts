import { createHash } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  openProvider,
  type Person,
  type Provider,
  redeem,
  requestOf,
  type TestClient,
  visitor,
} from "../harness/conformance.ts";

const bye = "https://rp.example/bye";
const heard = "https://rp.example/front-channel?from=munot";

let provider: Provider;
let client: TestClient;
let quiet: TestClient;
let person: Person;

beforeAll(async () => {
  provider = await openProvider();
  client = await provider.addClient({ postLogoutRedirectUris: [bye] }, { frontChannelLogoutUri: heard });
  quiet = await provider.addClient();
  person = await provider.addPerson();
});
afterAll(() => provider?.stop());

const signIn = async (...clients: readonly TestClient[]) => {
  const browser = visitor(provider, person);
  let idToken = "";
  let state = "";
  for (const one of clients) {
    const { parameters } = await browser.authorize(requestOf(one));
    idToken = String((await redeem(provider, one, parameters.code ?? "")).body.id_token);
    state = parameters.session_state ?? "";
  }
  const last = clients.at(-1) ?? client;
  return { browser, idToken, sessionState: state, claims: await provider.verifyIdToken(idToken, last) };
};

/** Addresses in the frames of a page, as the browser reads them. */
const framesOf = (html: string): readonly URL[] =>
  [...html.matchAll(/<iframe [^>]*src="([^"]+)"/g)].map(([, src = ""]) => new URL(src.replaceAll("&amp;", "&")));

describe("oidcc-frontchannel-rp-initiated-logout-certification-test-plan", () => {
  test("oidcc-frontchannel-logout-discovery-endpoint-verification: support is said", () => {
    expect(provider.metadata).toMatchObject({
      frontchannel_logout_supported: true,
      frontchannel_logout_session_supported: true,
    });
  });

  test("oidcc-frontchannel-rp-initiated-logout: the browser opens the client's address with iss and sid, then goes back", async () => {
    const { browser, idToken, claims } = await signIn(quiet, client);
    const hint = { id_token_hint: idToken, post_logout_redirect_uri: bye, state: "s" };
    const page = await browser.get(`/oidc/v1/end_session?${new URLSearchParams(hint)}`);
    expect(page.status).toBe(200);
    const [frame, ...others] = framesOf(page.html);
    expect(others).toEqual([]);
    expect(`${frame?.origin}${frame?.pathname}`).toBe("https://rp.example/front-channel");
    expect(Object.fromEntries(frame?.searchParams ?? [])).toEqual({
      from: "munot",
      iss: provider.issuer,
      sid: claims["sid"],
    });
    expect(page.html).toContain(`href="${bye}?state=s"`);
    const policy = page.headers.get("content-security-policy") ?? "";
    expect(policy).toContain("frame-src https://rp.example;");
    expect(policy).toContain("script-src 'self';");
    expect(page.html).not.toMatch(/<script(?! src="\/ui\/assets\/)/);
    expect((await browser.authorize(requestOf(client, { prompt: "none" }))).parameters.error).toBe("login_required");
  });

  test("after the question on the sign-out page the frames come, too; without one nobody waits", async () => {
    const asked = await signIn(client);
    const page = await asked.browser.submit(await asked.browser.get("/ui/login/sign-out"), {});
    expect([page.status, framesOf(page.html).length]).toEqual([200, 1]);
    const other = await signIn(quiet);
    const hint = new URLSearchParams({ id_token_hint: other.idToken });
    expect((await other.browser.get(`/oidc/v1/end_session?${hint}`)).location).toBe("/ui/login/signed-out");
  });

  test("an address of another origin than the redirect URIs' cannot be registered (Front-Channel Logout §2)", async () => {
    const other = { frontChannelLogoutUri: "https://other.example/out" };
    await expect(provider.addClient({}, other)).rejects.toThrow("must have scheme, host and port of a redirect URI");
  });
});

describe("oidcc-session-management-certification-test-plan", () => {
  test("oidcc-session-management-discovery-endpoint-verification: the frame is named, and anybody may frame it", async () => {
    expect(provider.metadata.check_session_iframe).toBe(`${provider.issuer}/oidc/v1/check_session`);
    const frame = await fetch(String(provider.metadata.check_session_iframe));
    expect(frame.headers.get("content-type")).toMatch(/^text\/html/);
    expect(frame.headers.get("x-frame-options")).toBeNull();
    const policy = frame.headers.get("content-security-policy") ?? "";
    expect(policy).not.toContain("frame-ancestors");
    const [, script = ""] = /<script>([\s\S]*)<\/script>/.exec(await frame.text()) ?? [];
    expect(policy).toContain(`'sha256-${createHash("sha256").update(script).digest("base64")}'`);
  });

  const stateOf = (cookie: string | undefined, from: string, clientId = client.clientId): string => {
    const salt = from.split(".")[1] ?? "";
    const hash = createHash("sha256").update([clientId, "https://rp.example", cookie, salt].join(" "));
    return `${hash.digest("base64url")}.${salt}`;
  };

  test("oidcc-session-management-rp-initiated-logout: session_state is of client, origin and cookie, and changes with them", async () => {
    const { browser, idToken, sessionState } = await signIn(client);
    const cookie = browser.cookies.get("munot-session-state");
    expect(sessionState).toBe(stateOf(cookie, sessionState));
    const silent = await browser.authorize(requestOf(client, { prompt: "none" }));
    const again = silent.parameters.session_state ?? "";
    expect(again).not.toBe(sessionState);
    expect(again).toBe(stateOf(browser.cookies.get("munot-session-state"), again));
    expect(browser.cookies.get("munot-session-state")).toBe(cookie);
    await browser.get(`/oidc/v1/end_session?${new URLSearchParams({ id_token_hint: idToken })}`);
    expect(browser.cookies.get("munot-session-state")).not.toBe(cookie);
    expect(sessionState).not.toBe(stateOf(browser.cookies.get("munot-session-state"), sessionState));
  });

  test("the cookie is no secret and opens nothing: it is readable by script, and it alone signs nobody in", async () => {
    const browser = visitor(provider, person);
    const cookies: string[] = [];
    const { parameters } = await browser.authorize(requestOf(client));
    expect(parameters.code).toBeDefined();
    const silent = await browser.get(
      `/oauth/v2/authorize?${new URLSearchParams(requestOf(client, { prompt: "none" }))}`,
    );
    cookies.push(...silent.cookies);
    const line = cookies.find((one) => one.startsWith("munot-session-state=")) ?? "";
    expect(line).toContain("SameSite=None; Secure");
    expect(line).not.toContain("HttpOnly");
    const stolen = visitor(provider, person);
    stolen.cookies.set("munot-session-state", browser.cookies.get("munot-session-state") ?? "");
    expect((await stolen.authorize(requestOf(client, { prompt: "none" }))).parameters.error).toBe("login_required");
  });

  test("requests without openid get no session_state", async () => {
    const { browser } = await signIn(client);
    const { parameters } = await browser.authorize(requestOf(client, { scope: "profile", nonce: undefined }));
    expect(parameters.session_state).toBeUndefined();
  });
});
