import { createLocalJWKSet, type JSONWebKeySet, jwtVerify } from "jose";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openProvider, type Provider, redeem, requestOf, type TestClient, visitor } from "../harness/conformance.ts";
import { type LogoutReceiver, startLogoutReceiver } from "../harness/logout-receiver.ts";

const event = "http://schemas.openid.net/event/backchannel-logout";

let provider: Provider;
const receivers: LogoutReceiver[] = [];

beforeAll(async () => {
  provider = await openProvider({ MUNOT_OUTBOUND_ALLOW: "127.0.0.1" });
});
afterAll(async () => {
  for (const receiver of receivers) receiver.stop();
  await provider?.stop();
});

const addParty = async (settings: object = {}) => {
  const receiver = await startLogoutReceiver();
  receivers.push(receiver);
  const client = await provider.addClient(
    { devMode: true, backChannelLogoutUri: receiver.url, postLogoutRedirectUris: ["https://rp.example/bye"] },
    { ...settings },
  );
  return { client, receiver };
};

/** Somebody new, signed in to these clients in one browser. */
const signIn = async (...clients: readonly TestClient[]) => {
  const person = await provider.addPerson();
  const browser = visitor(provider, person);
  const tokens = [];
  for (const client of clients) {
    const { parameters } = await browser.authorize(requestOf(client));
    const { body } = await redeem(provider, client, parameters.code ?? "");
    tokens.push({
      idToken: String(body.id_token),
      claims: await provider.verifyIdToken(String(body.id_token), client),
    });
  }
  return { person, browser, tokens };
};

const signOut = (browser: Awaited<ReturnType<typeof signIn>>["browser"], idToken = "") =>
  browser.get(`/oidc/v1/end_session?${new URLSearchParams({ id_token_hint: idToken })}`);

const verify = async (logoutToken: string | undefined, client: TestClient) => {
  const jwks = (await (await fetch(String(provider.metadata.jwks_uri))).json()) as JSONWebKeySet;
  return jwtVerify(logoutToken ?? "", createLocalJWKSet(jwks), {
    issuer: provider.issuer,
    audience: client.clientId,
    typ: "logout+jwt",
    requiredClaims: ["iat", "exp", "jti"],
  });
};

describe("oidcc-backchannel-rp-initiated-logout-certification-test-plan", () => {
  test("oidcc-backchannel-logout-discovery-endpoint-verification: support is said", () => {
    expect(provider.metadata).toMatchObject({
      backchannel_logout_supported: true,
      backchannel_logout_session_supported: true,
    });
  });

  test("oidcc-backchannel-rp-initiated-logout: every client of the session is told, by a logout token of its own", async () => {
    const [one, two, stranger] = [await addParty(), await addParty(), await addParty()];
    const { browser, tokens } = await signIn(one.client, two.client);
    await signOut(browser, tokens[0]?.idToken);
    await Promise.all([one.receiver.arrival(1), two.receiver.arrival(1)]);
    const messages = [];
    for (const [index, { client, receiver }] of [one, two].entries()) {
      const { payload } = await verify(receiver.received[0], client);
      const known = tokens[index]?.claims;
      expect(payload).toMatchObject({ sub: known?.sub, sid: known?.["sid"], events: { [event]: {} } });
      expect(payload).not.toHaveProperty("nonce");
      expect(Number(payload.exp) - Number(payload.iat)).toBeLessThanOrEqual(120);
      messages.push(payload.jti);
    }
    expect(new Set(messages).size).toBe(2);
    expect(stranger.receiver.received).toEqual([]);
  });

  test("a client that is signed in to twice in one session is told once", async () => {
    const { client, receiver } = await addParty();
    const { browser, tokens } = await signIn(client, client);
    await signOut(browser, tokens[0]?.idToken);
    await receiver.arrival(1);
    // Another sign-out, told of after all that came before it: the outbox works in order.
    const later = await signIn(client);
    await signOut(later.browser, later.tokens[0]?.idToken);
    await receiver.arrival(2);
    const sids = await Promise.all(receiver.received.map(async (one) => (await verify(one, client)).payload["sid"]));
    expect(sids).toEqual([tokens[0]?.claims["sid"], later.tokens[0]?.claims["sid"]]);
  });

  test("a message that was not taken is sent again, with its jti", async () => {
    const { client, receiver } = await addParty();
    receiver.answers.status = 503;
    const { browser, tokens } = await signIn(client);
    await signOut(browser, tokens[0]?.idToken);
    await receiver.arrival(1);
    receiver.answers.status = 204;
    await receiver.arrival(2);
    const [first, second] = await Promise.all(receiver.received.map((one) => verify(one, client)));
    expect(first?.payload.jti).toBe(second?.payload.jti);
  });

  test.each(["DeleteSession", "DeactivateUser", "DeleteUser"])("%s tells, too", async (how) => {
    const { client, receiver } = await addParty();
    const { person, tokens } = await signIn(client);
    const { must } = provider.directory;
    const { ownerPat } = provider.munot;
    const { userId } = person;
    if (how === "DeleteSession") {
      await must(ownerPat, "session.v2.SessionService/DeleteSession", { sessionId: tokens[0]?.claims["sid"] });
    } else {
      await must(ownerPat, `user.v2.UserService/${how}`, { userId });
    }
    await receiver.arrival(1);
    const { payload } = await verify(receiver.received[0], client);
    expect(payload).toMatchObject({ sub: userId, sid: tokens[0]?.claims["sid"] });
  });

  test("the sign-out page tells, too, and pairwise subjects stay what the client knows", async () => {
    const { client, receiver } = await addParty({ subjectType: "pairwise" });
    const { browser, person, tokens } = await signIn(client);
    const page = await browser.get("/ui/login/sign-out");
    await browser.submit(page, {});
    await receiver.arrival(1);
    const { payload } = await verify(receiver.received[0], client);
    expect(payload.sub).toBe(tokens[0]?.claims.sub);
    expect(payload.sub).not.toBe(person.userId);
  });

  test("what a process could not deliver before its end, the next one delivers", async () => {
    const own = await openProvider({ MUNOT_OUTBOUND_ALLOW: "127.0.0.1" });
    const receiver = await startLogoutReceiver();
    receivers.push(receiver);
    try {
      receiver.answers.status = 500;
      const client = await own.addClient({ devMode: true, backChannelLogoutUri: receiver.url });
      const browser = visitor(own, await own.addPerson());
      const { parameters } = await browser.authorize(requestOf(client));
      const { body } = await redeem(own, client, parameters.code ?? "");
      await browser.get(`/oidc/v1/end_session?${new URLSearchParams({ id_token_hint: String(body.id_token) })}`);
      await receiver.arrival(1);
      await own.munot.end();
      receiver.answers.status = 200;
      const again = await own.munot.restart();
      await receiver.arrival(2);
      expect(receiver.received).toHaveLength(2);
      await again.stop();
    } finally {
      await own.stop();
    }
  });
});
