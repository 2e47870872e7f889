import { generateKeyPairSync, sign } from "node:crypto";
import { beforeAll, beforeEach, expect, test } from "vitest";
import { issuer, openOidc, redirectUri } from "../../../../test/harness/oidc.ts";
import { describeOnBothDatabases } from "../../../../test/harness/store.ts";
import { addInitialAccessToken } from "../../../modules/client-registration/add-initial-access-token.ts";
import type { registrationPolicy } from "../../../modules/client-registration/client-registration.events.ts";
import { removeInitialAccessToken } from "../../../modules/client-registration/remove-initial-access-token.ts";
import { setRegistrationPolicy } from "../../../modules/client-registration/set-registration-policy.ts";

type Policy = Parameters<typeof registrationPolicy.parse>[0] & object;
const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");

describeOnBothDatabases("dynamic client registration", (open) => {
  let oidc: Awaited<ReturnType<typeof openOidc>>;
  const setPolicy = (policy: Policy) =>
    oidc.run(setRegistrationPolicy, oidc.as(oidc.owner), { policy: { projectId: oidc.projectId, ...policy } });
  const register = async (metadata: object | string, bearer?: string) => {
    const answer = await oidc.app.inject({
      method: "POST",
      url: "/oauth/v2/register",
      payload: typeof metadata === "string" ? metadata : JSON.stringify(metadata),
      headers: {
        "content-type": "application/json",
        ...(bearer === undefined ? {} : { authorization: `Bearer ${bearer}` }),
      },
    });
    return { status: answer.statusCode, body: answer.json(), headers: answer.headers };
  };
  const manage = async (method: "GET" | "PUT" | "DELETE", id: string, bearer: string, metadata?: object) => {
    const answer = await oidc.app.inject({
      method,
      url: `/oauth/v2/register/${id}`,
      headers: { authorization: `Bearer ${bearer}`, ...(metadata ? { "content-type": "application/json" } : {}) },
      ...(metadata ? { payload: JSON.stringify(metadata) } : {}),
    });
    return { status: answer.statusCode, body: answer.body === "" ? {} : answer.json() };
  };
  const usual = { redirect_uris: [redirectUri], client_name: "Notes" };

  beforeAll(async () => {
    oidc = await openOidc(open);
  });
  beforeEach(async () => {
    await setPolicy({ registration: "open" });
  });

  test("RFC 7591 §3.2.1: what is registered is told, with defaults, and is a client from then on", async () => {
    const { status, body, headers } = await register({
      ...usual,
      grant_types: ["authorization_code", "refresh_token", "password"],
    });
    expect({ status, cache: headers["cache-control"] }).toEqual({ status: 201, cache: "no-store" });
    expect(body).toMatchObject({
      client_id: expect.any(String),
      client_secret: expect.any(String),
      client_secret_expires_at: 0,
      client_name: "Notes",
      redirect_uris: [redirectUri],
      response_types: ["code"],
      grant_types: ["authorization_code", "refresh_token"],
      token_endpoint_auth_method: "client_secret_basic",
      application_type: "web",
      registration_access_token: expect.stringMatching(/^reg_/),
      registration_client_uri: `${issuer}/oauth/v2/register/${body.client_id}`,
    });
    const wrong = await oidc.token(
      { grant_type: "authorization_code", code: "ac_1.x", redirect_uri: redirectUri },
      { authorization: `Basic ${Buffer.from(`${body.client_id}:${body.client_secret}`).toString("base64")}` },
    );
    expect(wrong.json()).toMatchObject({ error: "invalid_grant" });
  });

  test("discovery tells of the endpoint only where it is on", async () => {
    const endpoint = async (path: string) => (await oidc.app.inject({ url: path })).json().registration_endpoint;
    expect(await endpoint("/.well-known/openid-configuration")).toBe(`${issuer}/oauth/v2/register`);
    expect(await endpoint("/.well-known/oauth-authorization-server")).toBe(`${issuer}/oauth/v2/register`);
    await setPolicy({ registration: "off" });
    expect(await endpoint("/.well-known/openid-configuration")).toBeUndefined();
    expect((await register(usual)).status).toBe(404);
  });

  test("with tokens: only a living initial access token admits, and not one that was removed", async () => {
    await setPolicy({ registration: "token" });
    expect(await register(usual)).toMatchObject({ status: 401, body: { error: "invalid_token" } });
    expect(await register(usual, "iat_111111111111111111.nonsense")).toMatchObject({ status: 401 });
    const { result } = await oidc.run(addInitialAccessToken, oidc.as(oidc.owner), { name: "ci", expiresAt: null });
    const made = await register(usual, result.token);
    expect(made.status).toBe(201);
    // A client's own token manages it, and registers nobody.
    expect(await register(usual, made.body.registration_access_token)).toMatchObject({ status: 401 });
    await oidc.run(removeInitialAccessToken, oidc.as(oidc.owner), { tokenId: result.tokenId });
    expect(await register(usual, result.token)).toMatchObject({ status: 401 });
  });

  test("RFC 8252 §7: an application on a device is native whether it says so or not; the web has https", async () => {
    const device = await register({
      redirect_uris: ["http://127.0.0.1/cb", "https://notes.example/cb"],
      token_endpoint_auth_method: "none",
    });
    expect(device).toMatchObject({ status: 201, body: { application_type: "native" } });
    expect(device.body.client_secret).toBeUndefined();
    for (const uri of [
      "http://notes.example/cb",
      "https://*.notes.example/cb",
      "https://notes.example/cb#x",
      "javascript:alert(1)",
      "https://a:b@notes.example/",
    ]) {
      expect(await register({ redirect_uris: [uri], application_type: "web" }), uri).toMatchObject({
        status: 400,
        body: { error: "invalid_redirect_uri" },
      });
    }
    expect(await register({})).toMatchObject({ body: { error: "invalid_redirect_uri" } });
  });

  test("metadata that do not go together, or that a stranger may not have, are refused", async () => {
    const refused = [
      { jwks_uri: "http://169.254.169.254/keys" },
      { jwks: { keys: [{ kty: "OKP", crv: "Ed25519", x: "AA", d: "AA" }] } },
      { token_endpoint_auth_method: "tls_client_auth", tls_client_auth_san_dns: "bank.example" },
      { token_endpoint_auth_method: "plain" },
      { id_token_signed_response_alg: "none" },
      { response_types: ["id_token"], grant_types: ["authorization_code"] },
      { grant_types: ["client_credentials"] },
      { subject_type: "pairwise", redirect_uris: ["https://a.example/", "https://b.example/"] },
      { sector_identifier_uri: "https://127.0.0.1:1/sector.json" },
      { contacts: "not a list" },
    ];
    for (const more of refused) {
      expect(await register({ ...usual, ...more }), JSON.stringify(more)).toMatchObject({
        status: 400,
        body: { error: "invalid_client_metadata" },
      });
    }
    for (const body of ["[]", "null", "{", '"text"']) {
      expect(await register(body), body).toMatchObject({ status: 400, body: { error: "invalid_client_metadata" } });
    }
    expect((await register({ ...usual, client_name: "x".repeat(70_000) })).status).toBe(400);
  });

  test("a name cannot turn or hide text, and no two strangers stand in each other's way by it", async () => {
    const name = "\u202eetirovaF\u0000\u200b  Notes";
    expect((await register({ ...usual, client_name: name })).body.client_name).toBe("etirovaF Notes");
    expect((await register({ ...usual, client_name: name })).status).toBe(201);
  });

  test("RFC 7592: a client reads, changes and removes itself, and only itself", async () => {
    const one = (await register(usual)).body;
    const other = (await register(usual)).body;
    const token = one.registration_access_token;
    expect(await manage("GET", one.client_id, token)).toMatchObject({
      status: 200,
      body: { client_id: one.client_id, client_name: "Notes", registration_access_token: token },
    });
    const changed = { client_id: one.client_id, redirect_uris: ["https://notes.example/new"], client_name: "Notes 2" };
    expect(await manage("PUT", one.client_id, token, changed)).toMatchObject({
      status: 200,
      body: { client_name: "Notes 2", redirect_uris: ["https://notes.example/new"] },
    });
    // §2.2: left out is gone.
    expect(
      (await manage("PUT", one.client_id, token, { ...changed, client_name: null })).body.client_name,
    ).toBeUndefined();
    expect(await manage("PUT", one.client_id, token, { ...changed, client_id: other.client_id })).toMatchObject({
      status: 400,
    });
    expect(await manage("PUT", one.client_id, token, { ...changed, client_secret_expires_at: 9 })).toMatchObject({
      status: 400,
    });
    expect(await manage("GET", other.client_id, token)).toMatchObject({
      status: 401,
      body: { error: "invalid_token" },
    });
    expect(await manage("DELETE", other.client_id, token)).toMatchObject({ status: 401 });
    expect(await manage("DELETE", one.client_id, token)).toMatchObject({ status: 204 });
    expect(await manage("GET", one.client_id, token)).toMatchObject({ status: 401 });
    expect(await manage("GET", other.client_id, other.registration_access_token)).toMatchObject({ status: 200 });
  });

  test("a secret that ends is replaced by an update, and its end is told", async () => {
    await setPolicy({ registration: "open", secretSeconds: 3_600 });
    const made = (await register(usual)).body;
    expect(made.client_secret_expires_at).toBeGreaterThan(Date.now() / 1000 + 3_000);
    const basic = (secret: string) => ({
      authorization: `Basic ${Buffer.from(`${made.client_id}:${secret}`).toString("base64")}`,
    });
    const tryIt = async (secret: string) =>
      (
        await oidc.token({ grant_type: "authorization_code", code: "ac_1.x", redirect_uri: redirectUri }, basic(secret))
      ).json().error;
    expect(await tryIt(made.client_secret)).toBe("invalid_grant");
    oidc.pass(3_601);
    expect(await tryIt(made.client_secret)).toBe("invalid_client");
    const renewed = await manage("PUT", made.client_id, made.registration_access_token, {
      client_id: made.client_id,
      ...usual,
    });
    expect(await tryIt(renewed.body.client_secret)).toBe("invalid_grant");
  });

  test("RFC 7591 §2.3: a statement of a believed publisher goes first; any other is refused", async () => {
    const { privateKey, publicKey } = generateKeyPairSync("ed25519");
    const jwks = { keys: [{ ...publicKey.export({ format: "jwk" }), kid: "k" }] };
    await setPolicy({
      registration: "open",
      softwareStatementRequired: true,
      softwareStatementIssuers: [{ issuer: "https://store.example", jwks }],
    });
    const statement = (claims: object, key = privateKey) => {
      const input = `${part({ alg: "EdDSA", kid: "k" })}.${part(claims)}`;
      return `${input}.${sign(null, Buffer.from(input), key).toString("base64url")}`;
    };
    const claims = { iss: "https://store.example", client_name: "Approved", software_id: "notes" };
    expect(await register(usual)).toMatchObject({ status: 400, body: { error: "unapproved_software_statement" } });
    const good = await register({ ...usual, client_name: "Pretender", software_statement: statement(claims) });
    expect(good).toMatchObject({ status: 201, body: { client_name: "Approved", software_id: "notes" } });
    const forged = statement(claims, generateKeyPairSync("ed25519").privateKey);
    expect(await register({ ...usual, software_statement: forged })).toMatchObject({
      body: { error: "invalid_software_statement" },
    });
    const expired = statement({ ...claims, exp: 1_000 });
    expect(await register({ ...usual, software_statement: expired })).toMatchObject({
      body: { error: "invalid_software_statement" },
    });
    const stranger = statement({ ...claims, iss: "https://else.example" });
    expect(await register({ ...usual, software_statement: stranger })).toMatchObject({
      body: { error: "unapproved_software_statement" },
    });
  });

  test("strangers fill no database: per address and in all there is a bound", async () => {
    await setPolicy({ registration: "open", maxClients: 0 });
    expect(await register(usual)).toMatchObject({ status: 403, body: { error: "access_denied" } });
    await setPolicy({ registration: "open", perAddressPerHour: 0 });
    expect(await register(usual)).toMatchObject({ status: 503, body: { error: "temporarily_unavailable" } });
  });

  test("a stranger's token is for nobody but itself, and no reserved scope opens Munot's API to it", async () => {
    const { body } = await register({ ...usual, token_endpoint_auth_method: "none" });
    const begun = await oidc.authorize({
      ...oidc.usual(body.client_id),
      scope: "openid phone urn:zitadel:iam:org:project:id:zitadel:aud urn:zitadel:iam:org:project:roles offline_access",
    });
    const id = new URL(begun.headers.location ?? "", issuer).searchParams.get("authRequest") ?? "";
    const row = await oidc.db
      .selectFrom("auth_requests")
      .select("request")
      .where("instance_id", "=", oidc.as(oidc.owner).instanceId)
      .where("auth_request_id", "=", id as never)
      .executeTakeFirstOrThrow();
    expect(JSON.parse(row.request)).toMatchObject({ scope: ["openid"], audience: [body.client_id] });
    const own = await oidc.authorize({ ...oidc.usual(body.client_id), resource: issuer });
    expect(new URL(own.headers.location ?? "").searchParams.get("error")).toBe("invalid_target");
  });
});
