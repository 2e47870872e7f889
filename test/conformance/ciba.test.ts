import { generateKeyPairSync, randomUUID } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SignJWT } from "jose";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { certificateKeys, certificates } from "../harness/certificates.ts";
import {
  askToken,
  basicOf,
  type Json,
  openProvider,
  type Provider,
  type TestClient,
  visitor,
} from "../harness/conformance.ts";
import { freePort } from "../harness/ports.ts";

const ciba = "urn:openid:params:grant-type:ciba";

const folder = mkdtempSync(join(tmpdir(), "munot-ciba-"));
let provider: Provider;
let notified: Awaited<ReturnType<typeof startNotified>>;

/** A client's notification endpoint (CIBA Core 1.0 §10.2): keeps what it was sent. */
const startNotified = async () => {
  const received: { readonly authorization: string | undefined; readonly body: unknown }[] = [];
  const waiting: (() => void)[] = [];
  const server = createServer({ cert: certificates.server, key: certificateKeys.server }, (request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const body: unknown = JSON.parse(Buffer.concat(chunks).toString());
      received.push({ authorization: request.headers.authorization, body });
      response.writeHead(204).end();
      for (const resolve of waiting.splice(0)) resolve();
    });
  });
  const port = await freePort();
  await new Promise<void>((resolve) => server.listen(port, resolve));
  return {
    url: `https://localhost:${port}/cb`,
    received,
    arrival: async (count: number): Promise<void> => {
      while (received.length < count) await new Promise<void>((resolve) => waiting.push(resolve));
    },
    stop: () => {
      server.closeAllConnections();
      server.close();
    },
  };
};

beforeAll(async () => {
  const authority = join(folder, "ca.pem");
  writeFileSync(authority, certificates.ca);
  provider = await openProvider({ MUNOT_OUTBOUND_ALLOW: "127.0.0.0/8,::1/128", NODE_EXTRA_CA_CERTS: authority });
  notified = await startNotified();
});
afterAll(async () => {
  notified?.stop();
  await provider?.stop();
  rmSync(folder, { recursive: true, force: true });
});

const polling = { additionalGrantTypes: [ciba], backchannelTokenDeliveryMode: "poll" };

const prepare = async (settings: object = polling) => {
  const client = await provider.addClient({}, { ...settings });
  const person = await provider.addPerson();
  const ask = async (form: Readonly<Record<string, string>> = {}, by: TestClient = client) => {
    const answer = await fetch(String(provider.metadata.backchannel_authentication_endpoint), {
      method: "POST",
      headers: { authorization: basicOf(by) },
      body: new URLSearchParams({ scope: "openid", login_hint: person.userName, ...form }),
    });
    // CIBA Core 1.0 §7.3, §13: JSON objects.
    return { status: answer.status, body: (await answer.json()) as Json };
  };
  const poll = (id: unknown, by: TestClient = client) =>
    askToken(provider, { grant_type: ciba, auth_req_id: String(id) }, { authorization: basicOf(by) });
  return { client, person, ask, poll, device: authenticationDevice(person) };
};

/** The person's own device: a browser, where the person signs in, looks at what waits, and answers. */
const authenticationDevice = (person: Awaited<ReturnType<Provider["addPerson"]>>) => {
  const browser = visitor(provider, person);
  const signIn = async (): Promise<void> => {
    const name = await browser.get("/ui/login");
    const password = await browser.submit(name, { loginName: person.userName });
    await browser.submit(password, { password: person.password });
  };
  /** the page that asks about the request which waits */
  const look = async () => {
    const waiting = await browser.get("/ui/login/requests");
    const id = /name="request" value="([^"]+)"/.exec(waiting.html)?.[1] ?? "";
    const begun = await browser.submit(waiting, { request: id });
    return browser.get(begun.location ?? "");
  };
  return {
    signIn,
    look,
    answer: async (answer: "allow" | "deny") => browser.submit(await look(), { answer }),
  };
};

describe("fapi-ciba-id1-test-plan", () => {
  test("fapi-ciba-id1-discovery-end-point-verification: what is supported is said", () => {
    expect(provider.metadata).toMatchObject({
      backchannel_authentication_endpoint: `${provider.issuer}/oauth/v2/bc-authorize`,
      backchannel_token_delivery_modes_supported: ["poll", "ping"],
      backchannel_user_code_parameter_supported: false,
      grant_types_supported: expect.arrayContaining([ciba]),
    });
  });

  test("fapi-ciba-id1 (poll): the person sees who asks and for what, allows it, and the client gets its tokens once", async () => {
    const { client, person, ask, poll, device } = await prepare();
    await device.signIn();
    const { body: asked } = await ask({ scope: "openid profile", binding_message: "W4SCT" });
    expect(asked).toMatchObject({ auth_req_id: expect.any(String), expires_in: 300, interval: 5 });
    expect(String(asked.auth_req_id)).toMatch(/^[A-Za-z0-9._-]{22,}$/);
    expect((await poll(asked.auth_req_id)).body).toMatchObject({ error: "authorization_pending" });
    const page = await device.look();
    for (const shown of ["W4SCT", "profile", person.userName]) expect(page.html).toContain(shown);
    expect((await device.answer("allow")).status).toBe(200);
    const { body } = await poll(asked.auth_req_id);
    const claims = await provider.verifyIdToken(String(body.id_token), client);
    expect(claims).toMatchObject({ sub: person.userId, aud: expect.anything(), auth_time: expect.any(Number) });
    expect((await provider.userinfo(String(body.access_token))).status).toBe(200);
  });

  test("fapi-ciba-id1-user-rejects-authentication: access_denied", async () => {
    const { ask, poll, device } = await prepare();
    await device.signIn();
    const { body: asked } = await ask();
    await device.answer("deny");
    expect(await poll(asked.auth_req_id)).toMatchObject({ status: 403, body: { error: "access_denied" } });
  });

  test("fapi-ciba-id1-multiple-call-to-token-endpoint: who asks too fast is told", async () => {
    const { ask, poll } = await prepare();
    const { body: asked } = await ask();
    await poll(asked.auth_req_id);
    expect((await poll(asked.auth_req_id)).body).toMatchObject({ error: "slow_down" });
  });

  test("fapi-ciba-id1-auth-req-id-expired: expired_token after requested_expiry", async () => {
    const { ask, poll } = await prepare();
    const { body: asked } = await ask({ requested_expiry: "1" });
    expect(asked).toMatchObject({ expires_in: 1 });
    let error: unknown;
    do error = (await poll(asked.auth_req_id)).body.error;
    while (error === "authorization_pending" || error === "slow_down");
    expect(error).toBe("expired_token");
  });

  test("fapi-ciba-id1-ensure-wrong-auth-req-id-fails, -ensure-client-id-in-token-endpoint: invalid_grant", async () => {
    const { ask, poll } = await prepare();
    const other = await prepare();
    const { body: asked } = await ask();
    expect((await poll(`${asked.auth_req_id}x`)).body).toMatchObject({ error: "invalid_grant" });
    expect((await other.poll(asked.auth_req_id)).body).toMatchObject({ error: "invalid_grant" });
  });

  test("fapi-ciba-id1-ensure-request-object-signature…, -missing-{aud,exp,iat,nbf,jti,iss}: invalid_request_object", async () => {
    const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const jwk = { ...publicKey.export({ format: "jwk" }), kid: "1", alg: "ES256", use: "sig" };
    const { client, person, ask } = await prepare({
      ...polling,
      backchannelAuthenticationRequestSigningAlg: "ES256",
      jwks: { keys: [jwk] },
    });
    const now = Math.floor(Date.now() / 1_000);
    const whole = {
      iss: client.clientId,
      aud: provider.issuer,
      iat: now,
      nbf: now,
      exp: now + 300,
      scope: "openid",
      login_hint: person.userName,
    };
    const signed = (claims: Readonly<Record<string, unknown>>, key = privateKey) =>
      new SignJWT({ jti: randomUUID(), ...claims }).setProtectedHeader({ alg: "ES256", kid: "1" }).sign(key);
    const send = async (request: string) =>
      fetch(String(provider.metadata.backchannel_authentication_endpoint), {
        method: "POST",
        headers: { authorization: basicOf(client) },
        body: new URLSearchParams({ request }),
      });
    const good = await signed(whole);
    expect((await send(good)).status).toBe(200);
    expect((await ask()).body).toMatchObject({ error: "invalid_request" });
    const foreign = generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey;
    const bad = [
      good,
      await signed(whole, foreign),
      ...(await Promise.all(
        (["iss", "aud", "iat", "nbf", "exp", "jti"] as const).map((name) => signed({ ...whole, [name]: undefined })),
      )),
      await signed({ ...whole, aud: "https://elsewhere.example" }),
      await signed({ ...whole, exp: now - 60 }),
      await signed({ ...whole, nbf: now + 600 }),
      await signed({ ...whole, exp: now + 9_000 }),
    ];
    for (const request of bad) {
      const answer = await send(request);
      expect([answer.status, await answer.json()], request).toMatchObject([400, { error: "invalid_request_object" }]);
    }
  });

  test("fapi-ciba-id1-ensure-authorization-request-with-potentially-bad-binding-message: invalid_binding_message", async () => {
    const { ask } = await prepare();
    const answer = await ask({ binding_message: "1234567890\u0007" });
    expect(answer).toMatchObject({ status: 400, body: { error: "invalid_binding_message" } });
  });

  test("fapi-ciba-id1 (ping): the client is told, with its own token, and then fetches", async () => {
    const { person, ask, poll, device } = await prepare({
      ...polling,
      backchannelTokenDeliveryMode: "ping",
      backchannelClientNotificationEndpoint: notified.url,
    });
    expect((await ask()).body).toMatchObject({ error: "invalid_request" });
    const token = randomUUID();
    const { body: asked } = await ask({ client_notification_token: token });
    await device.signIn();
    await device.answer("allow");
    await notified.arrival(1);
    expect(notified.received).toEqual([{ authorization: `Bearer ${token}`, body: { auth_req_id: asked.auth_req_id } }]);
    const { body } = await poll(asked.auth_req_id);
    const info = await provider.userinfo(String(body.access_token));
    expect(await info.json()).toMatchObject({ sub: person.userId });
  });

  test("a client that is not registered for CIBA, or is public, cannot ask", async () => {
    const plain = await prepare({});
    expect((await plain.ask()).body).toMatchObject({ error: "unauthorized_client" });
  });
});
