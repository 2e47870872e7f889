import { createSecretKey, randomUUID, X509Certificate } from "node:crypto";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { SignJWT } from "jose";
import { expect, onTestFinished, test } from "vitest";
import { certificates } from "../../../../test/harness/certificates.ts";
import { issuer, openOidc } from "../../../../test/harness/oidc.ts";
import { newSigner, setSettings } from "../../../../test/harness/signer.ts";
import { describeOnBothDatabases } from "../../../../test/harness/store.ts";
import { applicationId, type ClientId } from "../../../kernel/ids.ts";
import { regenerateClientSecret } from "../../../modules/application/regenerate-client-secret.ts";
import { readCertificates, thumbprintOf } from "../../../platform/keys/certificate.ts";

const assertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
const active = { active: false };
const refused = "invalid_client";

describeOnBothDatabases("client authentication", (open) => {
  const start = async (more: Parameters<typeof openOidc>[1] = {}) => {
    const oidc = await openOidc(open, more);
    for (const name of ["client", "forged", "self", "self2"] as const) {
      oidc.certificates.set(name, new X509Certificate(certificates[name]));
    }
    const now = () => Math.floor(oidc.as(oidc.owner).now / 1_000_000);
    const claims = (client: ClientId, others: Readonly<Record<string, unknown>> = {}) => ({
      iss: client,
      sub: client,
      aud: issuer,
      jti: randomUUID(),
      iat: now(),
      exp: now() + 60,
      ...others,
    });
    const ask = async (form: Readonly<Record<string, string>>, headers: Readonly<Record<string, string>> = {}) => {
      const answer = await oidc.post("/oauth/v2/introspect", { token: "at_1.x", ...form }, headers);
      return answer.statusCode === 200 ? answer.json() : answer.json().error;
    };
    const byAssertion = (assertion: string) =>
      ask({ client_assertion_type: assertionType, client_assertion: assertion });
    const showing = (certificate: string) => ({ "x-test-certificate": certificate });
    return { ...oidc, now, claims, ask, byAssertion, showing };
  };

  test("client_secret_jwt: the client's secret signs, once it has been made for that (Core §9)", async () => {
    const oidc = await start();
    const app = await oidc.addApp("app", { authMethod: "post" });
    const sign = (secret: string, alg = "HS256") =>
      new SignJWT(oidc.claims(app.clientId)).setProtectedHeader({ alg }).sign(createSecretKey(Buffer.from(secret)));
    expect(await oidc.byAssertion(await sign(app.secret))).toBe(refused);
    await setSettings(oidc, app, { tokenEndpointAuthMethod: "client_secret_jwt" });
    // Only the hash of the first secret was kept.
    expect(await oidc.byAssertion(await sign(app.secret))).toBe(refused);
    const { result } = await oidc.run(regenerateClientSecret, oidc.as(oidc.owner), {
      projectId: oidc.projectId,
      applicationId: applicationId.parse(app.applicationId),
    });
    const assertion = await sign(result.clientSecret);
    expect(await oidc.byAssertion(assertion)).toEqual(active);
    expect(await oidc.byAssertion(assertion)).toBe(refused);
    expect(await oidc.byAssertion(await sign(result.clientSecret, "HS512"))).toEqual(active);
    expect(await oidc.byAssertion(await sign("another-secret"))).toBe(refused);
    expect(await oidc.ask({ client_id: app.clientId, client_secret: result.clientSecret })).toBe(refused);
    await setSettings(oidc, app, {
      tokenEndpointAuthMethod: "client_secret_jwt",
      tokenEndpointAuthSigningAlg: "HS384",
    });
    expect(await oidc.byAssertion(await sign(result.clientSecret))).toBe(refused);
    const row = await oidc.db
      .selectFrom("applications")
      .select("secret_sealed")
      .where("instance_id", "=", oidc.instanceId)
      .where("client_id", "=", app.clientId)
      .executeTakeFirst();
    expect(row?.secret_sealed).toContain(`client_secret:${app.applicationId}`);
    await setSettings(oidc, app, {});
    expect(await oidc.byAssertion(await sign(result.clientSecret))).toBe(refused);
    expect(await oidc.ask({ client_id: app.clientId, client_secret: result.clientSecret })).toEqual(active);
  });

  test("private_key_jwt with keys that the client published itself, in every algorithm", async () => {
    const oidc = await start();
    const app = await oidc.addApp("app", { authMethod: "private_key_jwt" });
    const keys = await Promise.all(["RS256", "PS256", "ES256", "ES384", "ES512", "EdDSA"].map((alg) => newSigner(alg)));
    await setSettings(oidc, app, { jwks: { keys: keys.map(({ published }) => published) } });
    for (const key of keys) {
      expect([key.alg, await oidc.byAssertion(await key.sign(oidc.claims(app.clientId)))]).toEqual([key.alg, active]);
    }
    const stranger = await newSigner("ES256", String(keys[2]?.published.kid));
    expect(await oidc.byAssertion(await stranger.sign(oidc.claims(app.clientId)))).toBe(refused);
    const [key] = keys;
    if (key === undefined) throw new Error("no key");
    for (const aud of [`${issuer}/oauth/v2/token`, `${issuer}/oauth/v2/introspect`, [issuer]]) {
      expect(await oidc.byAssertion(await key.sign(oidc.claims(app.clientId, { aud })))).toEqual(active);
    }
    expect(
      await oidc.byAssertion(await key.sign(oidc.claims(app.clientId, { aud: `${issuer}/oauth/v2/revoke` }))),
    ).toBe(refused);
    // A public key is no secret that a MAC could be made with.
    const pem = Buffer.from(JSON.stringify(key.jwk));
    const confused = await new SignJWT(oidc.claims(app.clientId)).setProtectedHeader({ alg: "HS256" }).sign(pem);
    expect(await oidc.byAssertion(confused)).toBe(refused);
    await setSettings(oidc, app, {
      jwks: { keys: keys.map(({ published }) => published) },
      tokenEndpointAuthSigningAlg: "PS256",
    });
    expect(await oidc.byAssertion(await key.sign(oidc.claims(app.clientId)))).toBe(refused);
  });

  test("keys by reference are fetched, and again when the client rotates", async () => {
    const oidc = await start();
    const app = await oidc.addApp("app", { authMethod: "private_key_jwt", devMode: true });
    const [first, second] = [await newSigner("PS256"), await newSigner("ES256")];
    let published: readonly unknown[] = [first.published];
    let fetched = 0;
    const server: Server = createServer((_request, answer) => {
      fetched += 1;
      answer.end(JSON.stringify({ keys: published }));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => {
      server.close();
    });
    // A server that listens on a port has an address of that kind.
    const { port } = server.address() as AddressInfo;
    await setSettings(oidc, app, { jwksUri: `http://127.0.0.1:${port}/keys` });
    const ask = async (key: typeof first) => oidc.byAssertion(await key.sign(oidc.claims(app.clientId)));
    expect([await ask(first), await ask(first), fetched]).toEqual([active, active, 1]);
    expect([await ask(second), fetched]).toEqual([refused, 2]);
    published = [second.published];
    expect([await ask(second), fetched]).toEqual([active, 3]);
    // Keys that nobody has make us ask a few times, not at every request.
    const nobody = await newSigner("ES256");
    for (let times = 0; times < 10; times += 1) expect(await ask(nobody)).toBe(refused);
    expect(await ask(first)).toBe(refused);
    expect(fetched).toBe(4);
  });

  test("tls_client_auth: the name, on the word of an authority that is trusted (RFC 8705 §2.1)", async () => {
    const oidc = await start({ clientAuthorities: readCertificates(certificates.ca) });
    const app = await oidc.addApp("app", { authMethod: "post" });
    const settings = { tokenEndpointAuthMethod: "tls_client_auth", tlsClientAuthSanDns: "client.example.com" };
    await setSettings(oidc, app, settings);
    const ask = (certificate: string) => oidc.ask({ client_id: app.clientId }, oidc.showing(certificate));
    expect(await ask("client")).toEqual(active);
    for (const other of ["none", "forged", "self"]) expect([other, await ask(other)]).toEqual([other, refused]);
    expect(await oidc.ask({ client_id: app.clientId, client_secret: app.secret }, oidc.showing("client"))).toBe(
      refused,
    );
    await setSettings(oidc, app, { ...settings, tlsClientAuthSanDns: "other.example.com" });
    expect(await ask("client")).toBe(refused);
    const unconfigured = await start();
    const same = await unconfigured.addApp("app", { authMethod: "post" });
    await setSettings(unconfigured, same, settings);
    expect(await unconfigured.ask({ client_id: same.clientId }, unconfigured.showing("client"))).toBe(refused);
    const methods = async (from: typeof oidc) =>
      (await from.app.inject({ url: "/.well-known/openid-configuration" })).json()
        .token_endpoint_auth_methods_supported;
    expect(await methods(oidc)).toContain("tls_client_auth");
    expect(await methods(unconfigured)).not.toContain("tls_client_auth");
    expect(await methods(await start({ certificates: null }))).not.toContain("self_signed_tls_client_auth");
  });

  test("self_signed_tls_client_auth: the very certificate of the client's key set (§2.2)", async () => {
    const oidc = await start();
    const app = await oidc.addApp("app", { authMethod: "post" });
    const x5c = [new X509Certificate(certificates.self).raw.toString("base64")];
    const key = new X509Certificate(certificates.self).publicKey.export({ format: "jwk" });
    await setSettings(oidc, app, {
      tokenEndpointAuthMethod: "self_signed_tls_client_auth",
      jwks: { keys: [{ ...key, x5c }] },
    });
    const ask = (certificate: string) => oidc.ask({ client_id: app.clientId }, oidc.showing(certificate));
    expect(await ask("self")).toEqual(active);
    for (const other of ["none", "self2", "client"]) expect([other, await ask(other)]).toEqual([other, refused]);
  });

  test("tokens are bound to the certificate, where the client asked for that (§3)", async () => {
    const oidc = await start();
    const [app, api, ada] = [await oidc.addApp("app"), await oidc.addApi("api"), await oidc.addUser("ada")];
    await setSettings(oidc, app, { tlsClientCertificateBoundAccessTokens: true });
    const { code } = await oidc.signInWith(app.clientId, ada);
    expect((await oidc.redeem(app.clientId, code)).json().error).toBe("invalid_request");
    const tokens = (await oidc.redeem(app.clientId, code, {}, oidc.showing("self"))).json();
    expect(tokens.token_type).toBe("Bearer");
    const userinfo = async (certificate: string) => {
      const authorization = `Bearer ${tokens.access_token}`;
      const headers = { authorization, ...oidc.showing(certificate) };
      return (await oidc.app.inject({ url: "/oidc/v1/userinfo", headers })).statusCode;
    };
    expect([await userinfo("self"), await userinfo("self2"), await userinfo("none")]).toEqual([200, 401, 401]);
    const basic = Buffer.from(`${api.clientId}:${api.secret}`).toString("base64");
    const about = await oidc.post(
      "/oauth/v2/introspect",
      { token: tokens.access_token },
      { authorization: `Basic ${basic}` },
    );
    expect(about.json().cnf).toEqual({ "x5t#S256": thumbprintOf(new X509Certificate(certificates.self)) });
    const refresh = async (certificate: string) =>
      (
        await oidc.token(
          { grant_type: "refresh_token", client_id: app.clientId, refresh_token: tokens.refresh_token },
          oidc.showing(certificate),
        )
      ).statusCode;
    expect([await refresh("none"), await refresh("self2"), await refresh("self")]).toEqual([400, 400, 200]);
  });
});
