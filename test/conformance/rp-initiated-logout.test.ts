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

let provider: Provider;
let client: TestClient;
let person: Person;

beforeAll(async () => {
  provider = await openProvider();
  client = await provider.addClient({ postLogoutRedirectUris: [bye] });
  person = await provider.addPerson();
});
afterAll(() => provider?.stop());

/** Somebody who is signed in, in a browser, with what the client has of it. */
const signedIn = async () => {
  const browser = visitor(provider, person);
  const { parameters } = await browser.authorize(requestOf(client));
  const { body } = await redeem(provider, client, parameters.code ?? "");
  return { browser, idToken: String(body.id_token), accessToken: String(body.access_token) };
};

type SignedIn = Awaited<ReturnType<typeof signedIn>>;

const endSession = ({ browser }: SignedIn, parameters: Readonly<Record<string, string>>) =>
  browser.get(`${provider.metadata.end_session_endpoint}?${new URLSearchParams(parameters)}`);

/** Whether a silent request still finds somebody signed in. */
const isSignedIn = async ({ browser }: SignedIn): Promise<boolean> => {
  const { parameters } = await browser.authorize(requestOf(client, { prompt: "none" }));
  return parameters.error === undefined;
};

/** Follows redirects within the provider and confirms when asked; gives the last page or the address outside. */
const goOn = async ({ browser }: SignedIn, from: Awaited<ReturnType<typeof endSession>>) => {
  let page = from;
  for (let step = 0; step < 5; step += 1) {
    const isOurs = page.location !== null && new URL(page.location, provider.munot.url).origin === provider.munot.url;
    if (page.location !== null && !isOurs) return page;
    if (page.location !== null) page = await browser.get(page.location);
    else if (page.html.includes("Sign out?")) page = await browser.submit(page, {});
    else return page;
  }
  throw new Error("the sign-out went round in circles");
};

describe("oidcc-rp-initiated-logout-certification-test-plan", () => {
  test("oidcc-rp-initiated-logout-discovery-endpoint-verification: the endpoint is named", () => {
    expect(provider.metadata.end_session_endpoint).toBe(`${provider.issuer}/oidc/v1/end_session`);
  });

  test("oidcc-rp-initiated-logout: ends the session and its tokens, and goes back with the state", async () => {
    const someone = await signedIn();
    const answer = await endSession(someone, {
      id_token_hint: someone.idToken,
      post_logout_redirect_uri: bye,
      state: "a b&c",
    });
    expect([answer.status, answer.location]).toEqual([303, `${bye}?state=a%20b%26c`]);
    expect(await isSignedIn(someone)).toBe(false);
    expect((await provider.userinfo(someone.accessToken)).status).toBe(401);
  });

  test("oidcc-rp-initiated-logout by POST is the same", async () => {
    const someone = await signedIn();
    const answer = await someone.browser.post("/oidc/v1/end_session", {
      id_token_hint: someone.idToken,
      client_id: client.clientId,
      post_logout_redirect_uri: bye,
    });
    expect([answer.status, answer.location]).toEqual([303, bye]);
    expect(await isSignedIn(someone)).toBe(false);
  });

  test("oidcc-rp-initiated-logout-bad-post-logout-redirect-uri: nobody is sent to an address that is not registered", async () => {
    const someone = await signedIn();
    for (const uri of ["https://evil.example/", `${bye}/more`, `${bye}#f`, "https://rp.example/BYE", "javascript:1"]) {
      const answer = await endSession(someone, { id_token_hint: someone.idToken, post_logout_redirect_uri: uri });
      expect([answer.status, answer.location, answer.html.length > 0], uri).toEqual([400, null, true]);
    }
  });

  test("oidcc-rp-initiated-logout-modified-id-token-hint: a hint whose signature does not hold changes nothing", async () => {
    const someone = await signedIn();
    const [header, , signature] = someone.idToken.split(".");
    const other = Buffer.from(
      JSON.stringify({ iss: provider.issuer, sub: person.userId, azp: client.clientId, exp: 1 }),
    );
    for (const hint of [
      `${someone.idToken.slice(0, -6)}AAAAAA`,
      [header, other.toString("base64url"), signature].join("."),
    ]) {
      const answer = await endSession(someone, { id_token_hint: hint, post_logout_redirect_uri: bye, state: "s" });
      expect([answer.status, answer.location]).toEqual([400, null]);
    }
    expect(await isSignedIn(someone)).toBe(true);
  });

  test("oidcc-rp-initiated-logout-bad-id-token-hint: what is no ID token changes nothing, an access token neither", async () => {
    const someone = await signedIn();
    const jwtClient = await provider.addClient({ accessTokenType: "OIDC_TOKEN_TYPE_JWT" });
    const { parameters } = await someone.browser.authorize(requestOf(jwtClient));
    const { body } = await redeem(provider, jwtClient, parameters.code ?? "");
    for (const hint of ["bad", "a.b.c", String(body.access_token)]) {
      const answer = await endSession(someone, { id_token_hint: hint, post_logout_redirect_uri: bye });
      expect([answer.status, answer.location]).toEqual([400, null]);
    }
    expect(await isSignedIn(someone)).toBe(true);
  });

  test("oidcc-rp-initiated-logout-no-id-token-hint: the address alone tells nobody's client, so nobody is sent there", async () => {
    const someone = await signedIn();
    const answer = await endSession(someone, { post_logout_redirect_uri: bye, state: "s" });
    expect([answer.status, answer.location]).toEqual([400, null]);
    expect(await isSignedIn(someone)).toBe(true);
  });

  test("with client_id in place of the hint the person is asked, and then goes back", async () => {
    const someone = await signedIn();
    const asked = await endSession(someone, { client_id: client.clientId, post_logout_redirect_uri: bye, state: "s" });
    expect(asked.location).toMatch(/^\/ui\/login\/sign-out/);
    expect(await isSignedIn(someone)).toBe(true);
    expect((await goOn(someone, asked)).location).toBe(`${bye}?state=s`);
    expect(await isSignedIn(someone)).toBe(false);
  });

  test("oidcc-rp-initiated-logout-no-params: the person is asked, signed out, and told so", async () => {
    const someone = await signedIn();
    const page = await goOn(someone, await endSession(someone, {}));
    expect(page.html).toContain("You are signed out");
    expect(await isSignedIn(someone)).toBe(false);
  });

  test("oidcc-rp-initiated-logout-no-post-logout-redirect-uri: signed out, and told so here", async () => {
    const someone = await signedIn();
    const page = await goOn(someone, await endSession(someone, { id_token_hint: someone.idToken, state: "s" }));
    expect([page.location, page.html.includes("You are signed out")]).toEqual([null, true]);
    expect(await isSignedIn(someone)).toBe(false);
  });

  test("oidcc-rp-initiated-logout-no-state: goes back without one", async () => {
    const someone = await signedIn();
    const answer = await endSession(someone, { id_token_hint: someone.idToken, post_logout_redirect_uri: bye });
    expect(answer.location).toBe(bye);
  });

  test("oidcc-rp-initiated-logout-only-state: there is nowhere to take it", async () => {
    const someone = await signedIn();
    const page = await goOn(someone, await endSession(someone, { state: "s" }));
    expect([page.location, page.html.includes("You are signed out")]).toEqual([null, true]);
  });

  test("oidcc-rp-initiated-logout-query-added-to-post-logout-redirect-uri: that is another address", async () => {
    const someone = await signedIn();
    const answer = await endSession(someone, {
      id_token_hint: someone.idToken,
      post_logout_redirect_uri: `${bye}?a=1`,
    });
    expect([answer.status, answer.location]).toEqual([400, null]);
  });

  test("a hint of another client than client_id names is refused (RP-Initiated Logout §2)", async () => {
    const someone = await signedIn();
    const other = await provider.addClient();
    const answer = await endSession(someone, { id_token_hint: someone.idToken, client_id: other.clientId });
    expect(answer.status).toBe(400);
    expect(await isSignedIn(someone)).toBe(true);
  });

  test("logout_hint and ui_locales shape the question", async () => {
    const someone = await signedIn();
    const asked = await endSession(someone, { logout_hint: person.userName, ui_locales: "de" });
    const page = await someone.browser.get(asked.location ?? "");
    expect(page.html).toContain("Abmelden?");
    expect(page.html).toContain(person.userName);
  });
});
