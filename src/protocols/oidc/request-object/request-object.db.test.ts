import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { issuer, openOidc, redirectUri } from "../../../../test/harness/oidc.ts";
import { newSigner, setSettings } from "../../../../test/harness/signer.ts";
import { describeOnBothDatabases } from "../../../../test/harness/store.ts";
import type { ClientId } from "../../../kernel/ids.ts";

type Claims = Readonly<Record<string, unknown>>;

describeOnBothDatabases("signed authorization requests (RFC 9101, OpenID Connect Core §6)", (open) => {
  const start = async () => {
    const oidc = await openOidc(open);
    const [app, other, key] = [await oidc.addApp("app"), await oidc.addApp("other"), await newSigner("PS256")];
    const jwks = { keys: [key.published] };
    await setSettings(oidc, app, { jwks });
    const now = () => Math.floor(oidc.as(oidc.login).now / 1_000_000);
    const object = (claims: Claims = {}, header: Claims = {}, by = key) =>
      by.sign(
        { ...oidc.usual(app.clientId), iss: app.clientId, aud: issuer, nbf: now(), exp: now() + 300, ...claims },
        { typ: "oauth-authz-req+jwt", ...header },
      );
    const ask = async (request: string, more: Readonly<Record<string, string>> = {}, client: ClientId = app.clientId) =>
      oidc.authorize({ client_id: client, request, ...more });
    const asked = async () => {
      const [row] = await oidc.db
        .selectFrom("auth_requests")
        .select("request")
        .where("instance_id", "=", oidc.instanceId)
        .orderBy("created_at", "desc")
        .limit(1)
        .execute();
      return JSON.parse(row?.request ?? "{}");
    };
    return { ...oidc, client: app, other, key, jwks, now, object, ask, asked };
  };

  test("what the object says is what is asked for; what stands beside it is not", async () => {
    const oidc = await start();
    const request = await oidc.object({ state: "inside", max_age: 600, resource: undefined });
    const beside = {
      state: "outside",
      nonce: "outside",
      scope: "openid",
      login_hint: "eve",
      redirect_uri: "https://evil.example",
    };
    const answer = await oidc.ask(request, beside);
    expect(answer.headers.location).toMatch(/authRequest=/);
    expect(await oidc.asked()).toMatchObject({ state: "inside", nonce: "the-nonce", maxAgeSeconds: 600, redirectUri });
    const outside = await oidc.ask(await oidc.object({ state: undefined }), { state: "outside" });
    expect(outside.statusCode).toBe(303);
    expect((await oidc.asked()).state).toBeNull();
    expect((await oidc.ask(await oidc.object({ redirect_uri: undefined }), { redirect_uri: redirectUri })).body).toBe(
      "page: redirectUri",
    );
  });

  test("an object of OpenID Connect is completed by plain parameters (Core §6.1)", async () => {
    const oidc = await start();
    const object = await oidc.key.sign({ state: "inside", max_age: 60 }, { typ: undefined });
    const answer = await oidc.authorize({ ...oidc.usual(oidc.client.clientId), state: "outside", request: object });
    expect(answer.headers.location).toMatch(/authRequest=/);
    expect(await oidc.asked()).toMatchObject({ state: "inside", nonce: "the-nonce", maxAgeSeconds: 60 });
  });

  test("an object that is not the client's, for us and of now is refused, on a page", async () => {
    const oidc = await start();
    const [stranger, { now }] = [await newSigner("PS256", String(oidc.key.published.kid)), oidc];
    const bad: Readonly<Record<string, string>> = {
      "no JWT": "nothing",
      "another's signature": await oidc.object({}, {}, stranger),
      "another client's": await oidc.object({ client_id: oidc.other.clientId }),
      "another issuer": await oidc.object({ iss: oidc.other.clientId }),
      "another audience": await oidc.object({ aud: "https://other.example" }),
      expired: await oidc.object({ exp: now() - 60 }),
      "of tomorrow": await oidc.object({ nbf: now() + 3_600 }),
      "an object inside": await oidc.object({ request: "x" }),
      "a reference inside": await oidc.object({ request_uri: "https://app.example.com/x" }),
      "a client assertion": await oidc.object({ sub: oidc.client.clientId }),
      "another type": await oidc.object({}, { typ: "at+jwt" }),
      "unsigned although its type says signed": `${Buffer.from('{"alg":"none","typ":"oauth-authz-req+jwt"}').toString("base64url")}.${Buffer.from(JSON.stringify(oidc.usual(oidc.client.clientId))).toString("base64url")}.`,
      tampered: (await oidc.object()).replace(/\.[^.]{4}/, ".AAAA"),
    };
    for (const [what, request] of Object.entries(bad)) {
      const answer = await oidc.ask(request, { redirect_uri: redirectUri });
      expect([what, answer.body, answer.headers.location]).toEqual([what, "page: request", undefined]);
    }
    expect((await oidc.ask(await oidc.object(), {}, oidc.other.clientId)).body).toBe("page: request");
    expect((await oidc.ask(await oidc.object({ aud: ["https://other.example", issuer] }))).statusCode).toBe(303);
    await setSettings(oidc, oidc.client, { jwks: oidc.jwks, requestObjectSigningAlg: "ES256" });
    expect((await oidc.ask(await oidc.object())).body).toBe("page: request");
  });

  test("who must sign cannot ask otherwise", async () => {
    const oidc = await start();
    await setSettings(oidc, oidc.client, { jwks: oidc.jwks, requireSignedRequestObject: true });
    const plain = await oidc.authorize(oidc.usual(oidc.client.clientId));
    expect(plain.headers.location).toContain("error=invalid_request");
    expect((await oidc.ask(await oidc.object())).headers.location).toMatch(/authRequest=/);
    const merged = await oidc.key.sign({ state: "inside" }, { typ: undefined });
    expect((await oidc.authorize({ ...oidc.usual(oidc.client.clientId), request: merged })).body).toBe(
      "page: redirectUri",
    );
  });

  test("an unsigned object of OpenID Connect is no more than plain parameters (Core §6.1)", async () => {
    const oidc = await start();
    const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");
    const unsigned = `${encode({ alg: "none" })}.${encode({ state: "inside" })}.`;
    const ask = () => oidc.authorize({ ...oidc.usual(oidc.client.clientId), request: unsigned });
    expect((await ask()).headers.location).toMatch(/authRequest=/);
    expect((await oidc.asked()).state).toBe("inside");
    const elsewhere = `${encode({ alg: "none" })}.${encode({ redirect_uri: "https://evil.example" })}.`;
    expect((await oidc.authorize({ ...oidc.usual(oidc.client.clientId), request: elsewhere })).body).toBe(
      "page: redirectUri",
    );
    for (const settings of [{ requireSignedRequestObject: true }, { requestObjectSigningAlg: "PS256" }]) {
      await setSettings(oidc, oidc.client, { jwks: oidc.jwks, ...settings });
      expect((await ask()).body).toBe("page: request");
    }
    await setSettings(oidc, oidc.client, { jwks: oidc.jwks, requestObjectSigningAlg: "none" });
    expect((await ask()).headers.location).toMatch(/authRequest=/);
    expect((await oidc.ask(await oidc.object())).body).toBe("page: request");
  });

  test("by reference only from where the client registered it, and never from our own network", async () => {
    const oidc = await start();
    const served = await oidc.object({ state: "by reference" });
    const server = createServer((request, answer) => {
      if (request.url === "/away") answer.writeHead(302, { location: "/object" }).end();
      else answer.end(served);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => {
      server.close();
    });
    // A server that listens on a port has an address of that kind.
    const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const dev = await oidc.addApp("dev", { devMode: true });
    await setSettings(oidc, dev, { jwks: oidc.jwks, requestUris: [`${base}/away`, "http://10.0.0.1/object"] });
    const ask = (uri: string, client = oidc.client.clientId) => oidc.authorize({ client_id: client, request_uri: uri });
    expect((await ask(`${base}/object`)).body).toBe("page: request");
    for (const uri of [`${base}/away`, "http://10.0.0.1/object"]) {
      expect((await ask(uri, dev.clientId)).body).toBe("page: request");
    }
    await setSettings(oidc, dev, { jwks: oidc.jwks, requestUris: [`${base}/object`] });
    // Its object names the client that it was made for.
    expect((await ask(`${base}/object#v1`, dev.clientId)).body).toBe("page: request");
    const both = await oidc.authorize({ client_id: dev.clientId, request: served, request_uri: `${base}/object` });
    expect(both.body).toBe("page: request");
  });

  test("it can be pushed, and counts as signed then", async () => {
    const oidc = await start();
    await setSettings(oidc, oidc.client, { jwks: oidc.jwks, requireSignedRequestObject: true });
    const push = async (form: Readonly<Record<string, string>>) =>
      oidc.post("/oauth/v2/par", { client_id: oidc.client.clientId, ...form });
    expect((await push(oidc.usual(oidc.client.clientId))).json().error).toBe("invalid_request");
    expect((await push({ request: "nothing" })).json().error).toBe("invalid_request_object");
    const answer = await push({ request: await oidc.object({ state: "pushed" }), state: "beside" });
    expect(answer.statusCode).toBe(201);
    const begun = await oidc.authorize({ client_id: oidc.client.clientId, request_uri: answer.json().request_uri });
    expect(begun.headers.location).toMatch(/authRequest=/);
    expect((await oidc.asked()).state).toBe("pushed");
  });
});
