import { generateKeyPairSync, type KeyObject, randomUUID } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createLocalJWKSet, createRemoteJWKSet, decodeProtectedHeader, jwtVerify, SignJWT } from "jose";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { certificateKeys, certificates } from "../harness/certificates.ts";
import {
  askToken,
  type Json,
  openProvider,
  type Person,
  type Provider,
  pkcePair,
  requestOf,
  visitor,
} from "../harness/conformance.ts";
import { freePort } from "../harness/ports.ts";

let provider: Provider;
let person: Person;
let signedIn: ReturnType<typeof visitor>;
/** what the relying party publishes: keys, sector identifiers, request objects */
const published = new Map<string, string>();
let site: ReturnType<typeof createServer>;
let origin: string;
const folder = mkdtempSync(join(tmpdir(), "munot-dynamic-"));
const callback = "https://rp.example/callback";

beforeAll(async () => {
  const authority = join(folder, "ca.pem");
  writeFileSync(authority, certificates.ca);
  provider = await openProvider({ MUNOT_OUTBOUND_ALLOW: "127.0.0.0/8,::1/128", NODE_EXTRA_CA_CERTS: authority });
  const { directory, munot, projectId } = provider;
  await directory.must(munot.ownerPat, "munot.registration.v1.ClientRegistrationService/SetRegistrationPolicy", {
    policy: {
      projectId,
      registration: "open",
      grantTypes: ["authorization_code", "implicit", "refresh_token"],
      perAddressPerHour: 1_000,
    },
  });
  person = await provider.addPerson();
  signedIn = visitor(provider, person);
  const port = await freePort();
  origin = `https://localhost:${port}`;
  site = createServer({ cert: certificates.server, key: certificateKeys.server }, (req, res) => {
    const body = published.get(req.url ?? "");
    res.writeHead(body === undefined ? 404 : 200, { "content-type": "application/json" }).end(body);
  });
  await new Promise<void>((resolve) => site.listen(port, resolve));
});

afterAll(async () => {
  site?.close();
  await provider?.stop();
  rmSync(folder, { recursive: true, force: true });
});

const register = async (metadata: object) => {
  const endpoint = String((await discovery())["registration_endpoint"]);
  const answer = await fetch(endpoint, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ redirect_uris: [callback], ...metadata }),
  });
  // RFC 7591 §3.2: a JSON object.
  return { status: answer.status, body: (await answer.json()) as Record<string, string> };
};

const discovery = async (): Promise<Json> =>
  (await (await fetch(`${provider.munot.url}/.well-known/openid-configuration`)).json()) as Json;

/** A registered client signs a person in: by code, with whatever it proves itself by. */
const signIn = async (
  client: Record<string, string>,
  more: Record<string, string> = {},
  proof?: () => Promise<Record<string, string>>,
) => {
  const { verifier, challenge } = pkcePair();
  const request = requestOf(
    { clientId: client["client_id"] ?? "", redirectUri: callback },
    { code_challenge: challenge, code_challenge_method: "S256", ...more },
  );
  const answer = await signedIn.authorize(request);
  const { body } = await askToken(provider, {
    grant_type: "authorization_code",
    code: answer.parameters["code"] ?? "",
    redirect_uri: request["redirect_uri"] ?? "",
    code_verifier: verifier,
    client_id: client["client_id"] ?? "",
    ...(proof === undefined ? { client_secret: client["client_secret"] ?? "" } : await proof()),
  });
  return { answer, body, request };
};

const post = { token_endpoint_auth_method: "client_secret_post" };

const newKey = (kid: string) => {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  return { kid, privateKey, jwk: { ...publicKey.export({ format: "jwk" }), kid, alg: "ES256", use: "sig" } };
};

const assertion = (clientId: string, key: { readonly kid: string; readonly privateKey: KeyObject }) => async () => ({
  client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
  client_assertion: await new SignJWT({})
    .setProtectedHeader({ alg: "ES256", kid: key.kid })
    .setIssuer(clientId)
    .setSubject(clientId)
    .setAudience(provider.issuer)
    .setJti(randomUUID())
    .setIssuedAt()
    .setExpirationTime("1m")
    .sign(key.privateKey),
});

describe("oidcc-dynamic-certification-test-plan", () => {
  test("oidcc-server: a client registers itself and signs somebody in", async () => {
    const { status, body: client } = await register(post);
    expect(status).toBe(201);
    const { body, request } = await signIn(client);
    const claims = await provider.verifyIdToken(String(body["id_token"]), { clientId: client["client_id"] ?? "" });
    expect(claims).toMatchObject({ sub: person.userId, nonce: request["nonce"], aud: [client["client_id"]] });
  });

  test("oidcc-discovery-endpoint-verification: registration, keys and algorithms stand in the metadata", async () => {
    expect(await discovery()).toMatchObject({
      issuer: provider.munot.url,
      registration_endpoint: expect.stringMatching(/^http/),
      jwks_uri: expect.stringMatching(/^http/),
      response_types_supported: expect.arrayContaining(["code", "id_token", "id_token token"]),
      subject_types_supported: expect.arrayContaining(["public", "pairwise"]),
      id_token_signing_alg_values_supported: expect.arrayContaining(["RS256"]),
    });
  });

  test("oidcc-idtoken-rs256: the ID token is signed as it was registered", async () => {
    const { body: client } = await register({ ...post, id_token_signed_response_alg: "RS256" });
    const { body } = await signIn(client);
    expect(decodeProtectedHeader(String(body["id_token"]))).toMatchObject({ alg: "RS256", kid: expect.any(String) });
  });

  test("oidcc-userinfo-rs256: userinfo is a signed JWT where it was registered so", async () => {
    const { body: client } = await register({ ...post, userinfo_signed_response_alg: "RS256" });
    const { body } = await signIn(client);
    const answer = await provider.userinfo(String(body["access_token"]));
    expect(answer.headers.get("content-type")).toMatch(/^application\/jwt/);
    const keys = createRemoteJWKSet(new URL(String((await discovery())["jwks_uri"])));
    const { payload } = await jwtVerify(await answer.text(), keys, {
      issuer: provider.issuer,
      audience: client["client_id"] ?? "",
    });
    expect(payload.sub).toBe(person.userId);
  });

  test("oidcc-redirect-uri-query-OK, -mismatch, -added: a query is part of what was registered", async () => {
    const registered = `${callback}?foo=bar`;
    const { body: client } = await register({ ...post, redirect_uris: [registered] });
    const { answer } = await signIn(client, { redirect_uri: registered });
    expect(answer.parameters).toMatchObject({ foo: "bar", code: expect.any(String) });
    for (const redirect_uri of [`${callback}?foo=baz`, `${registered}&x=y`, callback]) {
      const refused = await signedIn.authorize({
        ...requestOf({ clientId: client["client_id"] ?? "", redirectUri: registered }),
        redirect_uri,
      });
      expect([refused.by, refused.status]).toEqual(["page", 400]);
    }
  });

  test("oidcc-redirect-uri-regfrag: a redirect URI with a fragment is not registered", async () => {
    expect(await register({ redirect_uris: [`${callback}#foobar`] })).toMatchObject({
      status: 400,
      body: { error: "invalid_redirect_uri" },
    });
  });

  test("oidcc-registration-logo-uri, -policy-uri, -tos-uri: they are registered, and links stand on the consent page", async () => {
    const links = { logo_uri: `${origin}/logo.png`, policy_uri: `${origin}/policy`, tos_uri: `${origin}/tos` };
    const { body: client } = await register({ ...post, ...links });
    expect(client).toMatchObject(links);
    const request = requestOf({ clientId: client["client_id"] ?? "", redirectUri: callback });
    const begun = await signedIn.get(`${provider.metadata["authorization_endpoint"]}?${new URLSearchParams(request)}`);
    const { html } = await signedIn.get(begun.location ?? "");
    expect(html).toContain(`href="${links.policy_uri}"`);
    expect(html).toContain(`href="${links.tos_uri}"`);
  });

  test("oidcc-registration-jwks-uri, oidcc-refresh-token-rp-key-rotation: keys by reference, also after they have changed", async () => {
    const [first, second] = [newKey("first"), newKey("second")];
    published.set("/keys", JSON.stringify({ keys: [first.jwk] }));
    const { body: client } = await register({
      token_endpoint_auth_method: "private_key_jwt",
      token_endpoint_auth_signing_alg: "ES256",
      jwks_uri: `${origin}/keys`,
      grant_types: ["authorization_code", "refresh_token"],
    });
    const id = client["client_id"] ?? "";
    const { body } = await signIn(client, { scope: "openid offline_access" }, assertion(id, first));
    published.set("/keys", JSON.stringify({ keys: [second.jwk] }));
    const refreshed = await askToken(provider, {
      grant_type: "refresh_token",
      refresh_token: String(body["refresh_token"]),
      client_id: id,
      ...(await assertion(id, second)()),
    });
    expect(refreshed.status).toBe(200);
    const { body: fresh } = await register({
      token_endpoint_auth_method: "private_key_jwt",
      jwks: { keys: [first.jwk] },
      grant_types: ["authorization_code", "refresh_token"],
    });
    const freshId = fresh["client_id"] ?? "";
    const signedInAgain = await signIn(fresh, { scope: "openid offline_access" }, assertion(freshId, first));
    const rotated = await fetch(fresh["registration_client_uri"] ?? "", {
      method: "PUT",
      headers: { "content-type": "application/json", authorization: `Bearer ${fresh["registration_access_token"]}` },
      body: JSON.stringify({
        client_id: freshId,
        redirect_uris: [callback],
        token_endpoint_auth_method: "private_key_jwt",
        jwks: { keys: [second.jwk] },
        grant_types: ["authorization_code", "refresh_token"],
      }),
    });
    expect(rotated.status).toBe(200);
    const form = {
      grant_type: "refresh_token",
      refresh_token: String(signedInAgain.body["refresh_token"]),
      client_id: freshId,
    };
    expect((await askToken(provider, { ...form, ...(await assertion(freshId, first)()) })).body).toMatchObject({
      error: "invalid_client",
    });
    expect((await askToken(provider, { ...form, ...(await assertion(freshId, second)()) })).status).toBe(200);
  });

  test("oidcc-registration-sector-uri, -sector-bad: the file must list every redirect URI", async () => {
    published.set("/sector", JSON.stringify([callback, "https://rp.example/other"]));
    published.set("/bad", JSON.stringify(["https://rp.example/other"]));
    const pairwise = (path: string) =>
      register({ ...post, subject_type: "pairwise", sector_identifier_uri: `${origin}${path}` });
    const { status, body: client } = await pairwise("/sector");
    expect(status).toBe(201);
    const { body } = await signIn(client);
    const { sub } = await provider.verifyIdToken(String(body["id_token"]), { clientId: client["client_id"] ?? "" });
    expect(sub).not.toBe(person.userId);
    // The same sector knows the same name.
    const { body: other } = await pairwise("/sector");
    const again = await provider.verifyIdToken(String((await signIn(other)).body["id_token"]), {
      clientId: other["client_id"] ?? "",
    });
    expect(again.sub).toBe(sub);
    expect(await pairwise("/bad")).toMatchObject({ status: 400, body: { error: "invalid_client_metadata" } });
    expect(await pairwise("/nowhere")).toMatchObject({ status: 400, body: { error: "invalid_client_metadata" } });
  });

  test("oidcc-server-rotate-keys: new keys are published before they sign, and old tokens still verify", async () => {
    const { munot, directory } = provider;
    const { body: client } = await register(post);
    const before = String((await signIn(client)).body["id_token"]);
    const { id } = await directory.must(munot.ownerPat, "webkey.v2.WebKeyService/CreateWebKey", {
      rsa: { bits: "RSA_BITS_2048", hasher: "RSA_HASHER_SHA256" },
    });
    await directory.must(munot.ownerPat, "webkey.v2.WebKeyService/ActivateWebKey", { id });
    const after = String((await signIn(client)).body["id_token"]);
    expect(decodeProtectedHeader(after).kid).not.toBe(decodeProtectedHeader(before).kid);
    // RFC 7517 §5: what the endpoint answers is a JWK set, and jose checks it.
    const keys = createLocalJWKSet(
      (await (await fetch(String((await discovery())["jwks_uri"]))).json()) as Parameters<typeof createLocalJWKSet>[0],
    );
    for (const token of [before, after])
      await jwtVerify(token, keys, { issuer: provider.issuer, audience: client["client_id"] ?? "" });
  });
});
