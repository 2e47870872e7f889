import { afterAll, beforeAll, expect, test } from "vitest";
import { directoryOf } from "../../harness/client.ts";
import {
  askToken,
  openProvider,
  type Person,
  type Provider,
  pkcePair,
  requestOf,
  visitor,
} from "../../harness/conformance.ts";

let provider: Provider;

beforeAll(async () => {
  provider = await openProvider();
  const { directory, munot, projectId } = provider;
  await directory.must(munot.ownerPat, "munot.registration.v1.ClientRegistrationService/SetRegistrationPolicy", {
    policy: { projectId, registration: "open", perAddressPerHour: 1_000 },
  });
});

afterAll(() => provider?.stop());

/** A client that nobody set up. */
const register = async (metadata: object) => {
  const answer = await fetch(`${provider.munot.url}/oauth/v2/register`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({
      token_endpoint_auth_method: "none",
      grant_types: ["authorization_code", "refresh_token"],
      ...metadata,
    }),
  });
  // RFC 7591 §3.2.1: a JSON object with these members.
  const { client_id: clientId, redirect_uris } = (await answer.json()) as {
    client_id: string;
    redirect_uris: string[];
  };
  return { clientId, redirectUri: redirect_uris[0] ?? "" };
};
type Stranger = Awaited<ReturnType<typeof register>>;
const onTheWeb = () =>
  register({
    client_name: "Planner",
    redirect_uris: ["https://planner.example/cb"],
    policy_uri: "https://planner.example/privacy",
  });
const onADevice = () => register({ client_name: "Planner", redirect_uris: ["http://127.0.0.1:9/cb"] });

const pkce = pkcePair();
const asking = (client: Stranger, more: Readonly<Record<string, string | undefined>> = {}) =>
  requestOf(client, { code_challenge: pkce.challenge, code_challenge_method: "S256", ...more });

/** A person who is signed in already, in one browser, and sees what the authorization endpoint leads to. */
const signedIn = async (person: Person) => {
  const browser = visitor(provider, person);
  await browser.authorize(requestOf(await provider.addClient()));
  const follow = async (
    page: Awaited<ReturnType<typeof browser.get>>,
  ): Promise<{ html: string; answer: URLSearchParams | null }> => {
    if (page.location === null) return { html: page.html, answer: null };
    const target = new URL(page.location, provider.munot.url);
    if (target.origin !== provider.munot.url) return { html: "", answer: target.searchParams };
    return follow(await browser.get(target.href));
  };
  return {
    ...browser,
    follow,
    ask: async (parameters: Record<string, string>) =>
      follow(await browser.get(`${provider.metadata["authorization_endpoint"]}?${new URLSearchParams(parameters)}`)),
  };
};

const decide = async (
  browser: Awaited<ReturnType<typeof signedIn>>,
  page: { html: string },
  decision: "allow" | "deny",
) => browser.follow(await browser.submit(page, { decision }));

const redeem = (client: Stranger, code: string | null | undefined) =>
  askToken(provider, {
    grant_type: "authorization_code",
    client_id: client.clientId,
    code: code ?? "",
    redirect_uri: client.redirectUri,
    code_verifier: pkce.verifier,
  });

test("a stranger's client asks each time, says who it is and what it gets; a no is an access_denied", async () => {
  const browser = await signedIn(await provider.addPerson());
  const client = await onTheWeb();
  const page = await browser.ask(asking(client, { scope: "openid email offline_access" }));
  expect(page.html).toContain("<bdi>Planner</bdi>");
  expect(page.html).toContain("<bdi>planner.example</bdi>");
  expect(page.html).toContain("see your email address");
  expect(page.html).toContain("keep this access while you are away");
  expect(page.html).toContain('href="https://planner.example/privacy"');
  expect((await decide(browser, page, "deny")).answer?.get("error")).toBe("access_denied");

  const again = await browser.ask(asking(client));
  expect((await decide(browser, again, "allow")).answer?.get("code")).toMatch(/^ac_/);
  expect((await browser.ask(asking(client))).html).toContain('name="decision"');
});

test("of a client on a device nothing is verified, and the page says so", async () => {
  const browser = await signedIn(await provider.addPerson());
  const { html } = await browser.ask(asking(await onADevice()));
  expect(html).toContain("nobody can tell who made it");
  expect(html).toContain("<bdi>127.0.0.1:9</bdi>");
});

test("prompt=none: consent_required until it was given, then silent; never for what anybody on the device could be", async () => {
  const browser = await signedIn(await provider.addPerson());
  const [web, device] = [await onTheWeb(), await onADevice()];
  const silently = async (client: Stranger, scope: string) =>
    (await browser.ask(asking(client, { scope, prompt: "none" }))).answer;
  for (const client of [web, device]) {
    expect((await silently(client, "openid"))?.get("error")).toBe("consent_required");
    await decide(browser, await browser.ask(asking(client, { scope: "openid email" })), "allow");
  }
  expect((await silently(web, "openid"))?.get("code")).toMatch(/^ac_/);
  expect((await silently(web, "openid profile"))?.get("error")).toBe("consent_required");
  expect((await silently(device, "openid"))?.get("error")).toBe("consent_required");
});

test("an administrator's client is asked for with prompt=consent, or when it is set so, and else never", async () => {
  const browser = await signedIn(await provider.addPerson());
  const plain = await provider.addClient();
  const strict = await provider.addClient({}, { requireConsent: true });
  expect((await browser.ask(requestOf(plain))).answer?.get("code")).toMatch(/^ac_/);
  const page = await browser.ask(requestOf(plain, { prompt: "consent" }));
  expect(page.html).not.toContain("did not set up");
  expect((await decide(browser, page, "allow")).answer?.get("code")).toMatch(/^ac_/);
  expect((await browser.ask(requestOf(strict))).html).toContain('name="decision"');
});

test("a consent is an answer of this browser and this session: another one's form changes nothing", async () => {
  const [mine, other] = [await signedIn(await provider.addPerson()), await signedIn(await provider.addPerson())];
  const client = await onTheWeb();
  const page = await mine.ask(asking(client));
  const forged = await other.submit(page, { decision: "allow" });
  expect([forged.status, forged.location]).toEqual([410, null]);
  const theirs = /name="session" value="([^"]+)"/.exec((await other.ask(asking(client))).html)?.[1] ?? "";
  const mixed = await mine.submit(page, { decision: "allow", session: theirs });
  expect(mixed.html).toContain('name="decision"');
});

test("a login built on the API cannot skip the consent of a stranger's client, and can record it", async () => {
  const { munot, directory } = provider;
  const person = await provider.addPerson();
  const client = await onTheWeb();
  const begun = await fetch(`${provider.metadata["authorization_endpoint"]}?${new URLSearchParams(asking(client))}`, {
    redirect: "manual",
  });
  const authRequestId = new URL(begun.headers.get("location") ?? "", munot.url).searchParams.get("authRequest");
  const session = await directory.addSession(person.userId);
  const callback = () =>
    directory.call(munot.loginClientPat, "oidc.v2.OIDCService/CreateCallback", { authRequestId, session });
  expect((await callback()).code).toBe("failed_precondition");
  const wrong = { authRequestId, sessionId: session.sessionId, sessionToken: "x" };
  expect(
    (await directory.call(munot.loginClientPat, "munot.consent.v1.ConsentService/GiveConsent", wrong)).code,
  ).not.toBe("ok");
  await directory.must(munot.loginClientPat, "munot.consent.v1.ConsentService/GiveConsent", {
    authRequestId,
    ...session,
  });
  expect((await callback()).code).toBe("ok");
});

test("taken back on the page: the tokens end at once, and the client must ask anew", async () => {
  const person = await provider.addPerson();
  const browser = await signedIn(person);
  const client = await onTheWeb();
  const asked = asking(client, { scope: "openid email offline_access" });
  const { answer } = await decide(browser, await browser.ask(asked), "allow");
  const { body } = await redeem(client, answer?.get("code"));
  const userinfo = () => provider.userinfo(String(body["access_token"]));
  expect((await userinfo()).status).toBe(200);

  const page = await browser.get("/ui/account/applications");
  expect(page.html).toContain("Planner");
  const application = /name="application" value="([^"]+)"/.exec(page.html)?.[1] ?? "";
  const gone = await browser.submit(page, { application });
  expect(gone.location).toBe("/ui/account/applications");
  expect((await browser.get("/ui/account/applications")).html).not.toContain("Planner");
  expect((await userinfo()).status).toBe(401);
  const refreshed = await askToken(provider, {
    grant_type: "refresh_token",
    client_id: client.clientId,
    refresh_token: String(body["refresh_token"]),
  });
  expect(refreshed.body).toMatchObject({ error: "invalid_grant" });
  expect((await browser.ask(asking(client, { prompt: "none" }))).answer?.get("error")).toBe("consent_required");
});

test("by the API its user lists and takes back what it allowed; a code that was under way opens nothing", async () => {
  const { munot } = provider;
  const person = await provider.addPerson();
  const browser = await signedIn(person);
  const client = await onTheWeb();
  const { answer } = await decide(browser, await browser.ask(asking(client)), "allow");
  const directory = directoryOf(munot);
  const { sessionToken } = await directory.addSession(person.userId);
  const { consents } = await directory.must(sessionToken, "munot.consent.v1.ConsentService/ListConsents", {
    userId: person.userId,
  });
  expect(consents).toMatchObject([
    { clientId: client.clientId, name: "Planner", host: "planner.example", scopes: ["openid"] },
  ]);
  const [{ applicationId }] = consents as [{ applicationId: string }];
  await directory.must(sessionToken, "munot.consent.v1.ConsentService/WithdrawConsent", {
    userId: person.userId,
    applicationId,
  });
  expect((await redeem(client, answer?.get("code"))).body).toMatchObject({ error: "invalid_grant" });
});
