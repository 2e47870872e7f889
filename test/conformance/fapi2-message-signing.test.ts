import { createLocalJWKSet, decodeProtectedHeader, type JSONWebKeySet, jwtVerify } from "jose";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Answer, basicOf, type Provider, visitor } from "../harness/conformance.ts";
import { type FapiClient, type FapiVariant, fapiClient, openFapiProvider } from "../harness/fapi.ts";
import { newSigner } from "../harness/signer.ts";

const variants: readonly FapiVariant[] = [
  { clientAuth: "private_key_jwt", sender: "dpop", messageSigning: true },
  { clientAuth: "mtls", sender: "mtls", messageSigning: true },
];

let provider: Provider;
let person: ReturnType<typeof visitor>;

beforeAll(async () => {
  provider = await openFapiProvider();
  person = visitor(provider, await provider.addPerson());
});
afterAll(() => provider?.stop());

const name = (module: string) => `fapi2-security-profile-final-${module}`;
const epoch = (): number => Math.floor(Date.now() / 1_000);

describe.each(variants)("fapi2-message-signing-final-test-plan $clientAuth $sender", (variant) => {
  let client: FapiClient;
  beforeAll(async () => {
    client = await fapiClient(provider, variant);
  });

  /** What a signed authorization response says (JARM §2.1, §4.4); its signature, issuer, audience and times are right. */
  const responseOf = async (answer: Answer) => {
    expect(Object.keys(answer.parameters)).toEqual(["response"]);
    const response = String(answer.parameters.response);
    expect(["PS256", "ES256", "EdDSA"]).toContain(decodeProtectedHeader(response).alg);
    // RFC 7517 §5: the endpoint answers with a JWK set.
    const jwks = (await (await fetch(String(provider.metadata["jwks_uri"]))).json()) as JSONWebKeySet;
    const { payload } = await jwtVerify(response, createLocalJWKSet(jwks), {
      issuer: provider.issuer,
      audience: client.clientId,
      requiredClaims: ["exp"],
    });
    expect((payload.exp ?? 0) - epoch()).toBeLessThanOrEqual(600);
    return payload;
  };
  const pushObject = async (claims: object = {}, header: object = {}, beside: Readonly<Record<string, string>> = {}) =>
    client.push({
      request: await client.object(
        claims as Readonly<Record<string, unknown>>,
        header as Readonly<Record<string, unknown>>,
      ),
      client_id: client.clientId,
      ...beside,
    });

  test(name("happy-flow"), async () => {
    const pushed = await pushObject({ state: "the-state" });
    expect(pushed.status).toBe(201);
    const said = await responseOf(await client.bring(person, pushed.body["request_uri"]));
    expect(said["state"]).toBe("the-state");
    const tokens = await client.redeem(String(said["code"]));
    expect(tokens.status).toBe(200);
    expect(["PS256", "ES256", "EdDSA"]).toContain(decodeProtectedHeader(String(tokens.body["id_token"])).alg);
    expect((await client.userinfo(String(tokens.body["access_token"]))).status).toBe(200);
  });

  test(name("user-rejects-authentication"), async () => {
    const pushed = await pushObject({ prompt: "none", state: "the-state" });
    const stranger = visitor(provider, { userId: "", userName: "", password: "" });
    const said = await responseOf(await client.bring(stranger, pushed.body["request_uri"]));
    expect(said).toMatchObject({ error: "login_required", state: "the-state" });
  });

  test.each<[string, () => object]>([
    [
      "ensure-server-accepts-request-object-with-multiple-aud",
      () => ({ aud: ["https://other.example", provider.issuer] }),
    ],
    ["ensure-request-object-with-nbf-8-seconds-in-the-future-is-accepted", () => ({ nbf: epoch() + 8 })],
  ])(`${name("")}%s`, async (_module, claims) => {
    expect((await pushObject(claims())).status).toBe(201);
  });

  test.each<[string, () => object, object?]>([
    ["ensure-request-object-without-exp-fails", () => ({ exp: undefined })],
    ["ensure-request-object-without-nbf-fails", () => ({ nbf: undefined })],
    ["ensure-request-object-without-aud-fails", () => ({ aud: undefined })],
    ["ensure-expired-request-object-fails", () => ({ nbf: epoch() - 600, exp: epoch() - 300 })],
    ["ensure-request-object-with-bad-aud-fails", () => ({ aud: "https://other.example" })],
    ["ensure-request-object-with-exp-over-60-fails", () => ({ exp: epoch() + 70 * 60 })],
    ["ensure-request-object-with-nbf-over-60-fails", () => ({ nbf: epoch() - 70 * 60, exp: epoch() + 60 })],
    ["ensure-request-object-with-another-client-fails", () => ({ client_id: "another" })],
    ["ensure-request-object-with-another-type-fails", () => ({}), { typ: "at+jwt" }],
  ])(`${name("")}%s`, async (_module, claims, header) => {
    const answer = await pushObject(claims(), header);
    expect([answer.status, answer.body["error"]]).toEqual([400, "invalid_request_object"]);
  });

  test(name("ensure-request-object-without-redirect-uri-fails"), async () => {
    const answer = await pushObject({ redirect_uri: undefined }, {}, { redirect_uri: client.client.redirectUri });
    expect([answer.status, answer.body["error"]]).toEqual([400, "invalid_request"]);
  });

  test(name("state-only-outside-request-object-not-used"), async () => {
    const pushed = await pushObject({ state: undefined }, {}, { state: "outside" });
    const answer = await client.bring(person, pushed.body["request_uri"], { state: "outside" });
    expect((await responseOf(answer))["state"]).toBeUndefined();
  });

  test.each([
    ["ensure-different-nonce-inside-and-outside-request-object", "nonce"],
    ["ensure-different-state-inside-and-outside-request-object", "state"],
  ])(`${name("")}%s`, async (_module, parameter) => {
    const pushed = await pushObject({ [parameter]: "inside" }, {}, { [parameter]: "outside" });
    const said = await responseOf(await client.bring(person, pushed.body["request_uri"], { [parameter]: "outside" }));
    if (parameter === "state") expect(said["state"]).toBe("inside");
    else expect((await client.redeem(String(said["code"]))).status).toBe(200);
  });

  test(name("ensure-request-object-signature-algorithm-is-not-none"), async () => {
    const [, payload] = (await client.object()).split(".");
    const header = Buffer.from('{"alg":"none","typ":"oauth-authz-req+jwt"}').toString("base64url");
    const answer = await client.push({ request: `${header}.${payload}.`, client_id: client.clientId });
    expect(answer.body["error"]).toBe("invalid_request_object");
  });

  test(name("ensure-request-object-with-invalid-signature-fails"), async () => {
    const object = await client.object();
    const request = `${object.slice(0, -8)}${object.endsWith("AAAAAAAA") ? "BBBBBBBB" : "AAAAAAAA"}`;
    expect((await client.push({ request, client_id: client.clientId })).body["error"]).toBe("invalid_request_object");
  });

  test(name("ensure-matching-key-in-authorization-request"), async () => {
    const stranger = await newSigner("PS256", String(client.key.published.kid));
    const request = await client.object({}, {}, stranger);
    expect((await client.push({ request, client_id: client.clientId })).body["error"]).toBe("invalid_request_object");
  });

  test(name("ensure-signed-request-object-with-rs256-fails"), async () => {
    const weak = await newSigner("RS256", String(client.key.published.kid));
    const request = await client.object({}, {}, weak);
    expect((await client.push({ request, client_id: client.clientId })).body["error"]).toBe("invalid_request_object");
  });

  test(name("ensure-unsigned-request-at-par-endpoint-fails"), async () => {
    const answer = await client.push(client.request());
    expect([answer.status, answer.body["error"]]).toEqual([400, "invalid_request"]);
  });

  test(name("ensure-response-mode-jwt-required"), async () => {
    expect((await pushObject({ response_mode: undefined })).body["error"]).toBe("invalid_request");
  });
});

test("fapi2-message-signing-final: an API of the profile gets signed introspection answers (RFC 9701)", async () => {
  const variant = { clientAuth: "private_key_jwt", sender: "dpop", messageSigning: true } as const;
  const client = await fapiClient(provider, variant);
  const form = {
    token: "at_1.x",
    client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
    client_assertion: await client.assertion(),
  };
  const endpoint = String(provider.metadata["introspection_endpoint"]);
  const answer = await fetch(endpoint, { method: "POST", body: new URLSearchParams(form) });
  expect(answer.headers.get("content-type")).toContain("application/token-introspection+jwt");
  expect(decodeProtectedHeader(await answer.text())).toMatchObject({ typ: "token-introspection+jwt", alg: "PS256" });
  const other = await provider.addClient();
  const plain = await fetch(endpoint, {
    method: "POST",
    body: new URLSearchParams({ token: "at_1.x" }),
    headers: { authorization: basicOf(other) },
  });
  expect(plain.headers.get("content-type")).toContain("application/json");
});
