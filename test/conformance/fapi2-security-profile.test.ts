import { randomUUID } from "node:crypto";
import { decodeJwt, decodeProtectedHeader } from "jose";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Answer, callback, type Provider, visitor } from "../harness/conformance.ts";
import { type FapiClient, type FapiVariant, fapiClient, openFapiProvider } from "../harness/fapi.ts";
import { newSigner } from "../harness/signer.ts";

const variants: readonly FapiVariant[] = [
  { clientAuth: "private_key_jwt", sender: "dpop", messageSigning: false },
  { clientAuth: "private_key_jwt", sender: "mtls", messageSigning: false },
  { clientAuth: "mtls", sender: "dpop", messageSigning: false },
  { clientAuth: "mtls", sender: "mtls", messageSigning: false },
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

describe.each(variants)("fapi2-security-profile-final-test-plan $clientAuth $sender", (variant) => {
  let client: FapiClient;
  let other: FapiClient;
  beforeAll(async () => {
    client = await fapiClient(provider, variant);
    other = await fapiClient(provider, variant, { certificate: "self2" });
  });

  const codeOf = async (of: FapiClient = client, more: Readonly<Record<string, string | undefined>> = {}) => {
    const pushed = await of.pushUsual(more);
    expect(pushed.status).toBe(201);
    const answer = await of.bring(person, pushed.body["request_uri"]);
    expect(answer.parameters.error, answer.parameters.error_description).toBeUndefined();
    return String(answer.parameters.code);
  };
  const isRefused = (answer: Answer): boolean => answer.by === "page" || answer.parameters.error !== undefined;

  test(name("happy-flow"), async () => {
    const asked = client.request();
    const pushed = await client.push(asked);
    expect(pushed.body["expires_in"]).toBeLessThan(600);
    const answer = await client.bring(person, pushed.body["request_uri"]);
    expect(answer.parameters).toMatchObject({ state: asked["state"], iss: provider.issuer });
    const tokens = await client.redeem(String(answer.parameters.code));
    expect(tokens.status).toBe(200);
    expect(tokens.body["token_type"]).toBe(variant.sender === "dpop" ? "DPoP" : "Bearer");
    const idToken = String(tokens.body["id_token"]);
    expect(["PS256", "ES256", "EdDSA"]).toContain(decodeProtectedHeader(idToken).alg);
    expect(decodeJwt(idToken)).toMatchObject({ iss: provider.issuer, nonce: asked["nonce"] });
    expect((await client.userinfo(String(tokens.body["access_token"]))).status).toBe(200);
  });

  test(name("user-rejects-authentication"), async () => {
    const asked = client.request({ prompt: "none" });
    const pushed = await client.push(asked);
    const stranger = visitor(provider, { userId: "", userName: "", password: "" });
    const answer = await client.bring(stranger, pushed.body["request_uri"]);
    expect(answer.parameters).toMatchObject({ error: "login_required", state: asked["state"], iss: provider.issuer });
  });

  test(name("ensure-authorization-request-without-state-success"), async () => {
    const answer = await client.bring(
      person,
      (await client.push(client.request({ state: undefined }))).body["request_uri"],
    );
    expect(answer.parameters.code).toBeDefined();
    expect(answer.parameters.state).toBeUndefined();
  });

  test(name("ensure-authorization-request-without-nonce-success"), async () => {
    const tokens = await client.redeem(await codeOf(client, { nonce: undefined }));
    expect(decodeJwt(String(tokens.body["id_token"]))["nonce"]).toBeUndefined();
  });

  test.each([
    ["ensure-authorization-request-with-64-char-nonce-success", "n".repeat(64)],
    ["ensure-authorization-request-with-long-nonce", "n".repeat(384)],
  ])(`${name("")}%s`, async (_module, nonce) => {
    const tokens = await client.redeem(await codeOf(client, { nonce }));
    expect(decodeJwt(String(tokens.body["id_token"]))["nonce"]).toBe(nonce);
  });

  test(name("ensure-authorization-request-with-long-state"), async () => {
    const state = "s".repeat(1_000);
    const answer = await client.bring(person, (await client.push(client.request({ state }))).body["request_uri"]);
    expect(answer.parameters.state).toBe(state);
  });

  test(name("ensure-other-scope-order-succeeds"), async () => {
    expect((await client.redeem(await codeOf(client, { scope: "offline_access openid" }))).status).toBe(200);
  });

  test(name("access-token-type-header-case-sensitivity"), async () => {
    const token = String((await client.redeem(await codeOf())).body["access_token"]);
    const schemes = variant.sender === "dpop" ? ["dpop", "DPOP", "DPoP"] : ["bearer", "BEARER"];
    for (const scheme of schemes) expect((await client.userinfo(token, { scheme })).status).toBe(200);
  });

  test(name("ensure-holder-of-key-required"), async () => {
    const code = await codeOf();
    const bare = variant.clientAuth === "mtls" && variant.sender === "dpop" ? client.connection : {};
    const answer = await client.redeem(code, { headers: bare });
    expect([400, 401]).toContain(answer.status);
    expect(["invalid_request", "invalid_grant", "invalid_client"]).toContain(answer.body["error"]);
  });

  test(name("ensure-authorization-code-is-bound-to-client"), async () => {
    const answer = await other.redeem(await codeOf(), { form: { code_verifier: client.pkce.verifier } });
    expect([answer.status, answer.body["error"]]).toEqual([400, "invalid_grant"]);
  });

  test(name("attempt-reuse-authorization-code-after-one-second"), async () => {
    const code = await codeOf();
    const first = await client.redeem(code);
    const second = await client.redeem(code);
    expect([second.status, second.body["error"]]).toEqual([400, "invalid_grant"]);
    // RFC 6749 §4.1.2: what the first use gave is taken back.
    expect((await client.userinfo(String(first.body["access_token"]))).status).toBe(401);
  });

  test(name("refresh-token"), async () => {
    const first = (await client.redeem(await codeOf())).body;
    const token = String(first["refresh_token"]);
    const again = await client.refresh(token);
    expect(again.status).toBe(200);
    expect(again.body["refresh_token"] ?? token).toBe(token);
    expect((await client.userinfo(String(again.body["access_token"]))).status).toBe(200);
    expect((await client.refresh(token)).status).toBe(200);
    const bare = await client.refresh(token, variant.clientAuth === "mtls" ? client.connection : {});
    if (!(variant.clientAuth === "mtls" && variant.sender === "mtls")) {
      expect(["invalid_request", "invalid_grant", "invalid_client"]).toContain(bare.body["error"]);
    }
    expect((await other.refresh(token)).body["error"]).toBe("invalid_grant");
  });

  test(name("ensure-unsigned-authorization-request-without-using-par-fails"), async () => {
    const plain = Object.fromEntries(
      Object.entries(client.request()).flatMap(([key, value]) => (value === undefined ? [] : [[key, value]])),
    );
    expect(isRefused(await person.authorize(plain))).toBe(true);
  });

  test.each([
    ["ensure-registered-redirect-uri", { redirect_uri: `${callback}/other` }],
    ["ensure-redirect-uri-in-authorization-request", { redirect_uri: undefined }],
    ["ensure-response-type-code-idtoken-fails", { response_type: "code id_token" }],
    ["ensure-response-type-token-fails", { response_type: "token" }],
    ["par-ensure-pkce-required", { code_challenge: undefined, code_challenge_method: undefined }],
    ["par-plain-pkce-rejected", { code_challenge_method: "plain" }],
    [
      "par-authorization-request-containing-request_uri-form-param",
      { request_uri: `urn:ietf:params:oauth:request_uri:${randomUUID()}` },
    ],
  ])(`${name("")}%s`, async (_module, more) => {
    const answer = await client.push(client.request(more));
    expect(answer.status).toBe(400);
    expect(["invalid_request", "unsupported_response_type", "unauthorized_client"]).toContain(answer.body["error"]);
  });

  test(name("par-ensure-pkce-code-verifier-required"), async () => {
    const answer = await client.redeem(await codeOf(), { form: { code_verifier: undefined } });
    expect(answer.body["error"]).toBe("invalid_grant");
  });

  test(name("par-incorrect-pkce-code-verifier-rejected"), async () => {
    const answer = await client.redeem(await codeOf(), { form: { code_verifier: "x".repeat(43) } });
    expect(answer.body["error"]).toBe("invalid_grant");
  });

  test(name("par-attempt-reuse-request_uri"), async () => {
    const uri = (await client.pushUsual()).body["request_uri"];
    expect((await client.bring(person, uri)).parameters.code).toBeDefined();
    expect(isRefused(await client.bring(person, uri))).toBe(true);
  });

  test(name("par-ensure-reused-request-uri-prior-to-auth-completion-succeeds"), async () => {
    const uri = String((await client.pushUsual()).body["request_uri"]);
    const query = new URLSearchParams({ client_id: client.clientId, request_uri: uri });
    const loaded = await fetch(`${provider.metadata["authorization_endpoint"]}?${query}`, { redirect: "manual" });
    expect([loaded.status, loaded.headers.get("location")]).toEqual([303, expect.stringContaining("authRequest=")]);
    expect((await client.bring(person, uri)).parameters.code).toBeDefined();
  });

  test(name("par-attempt-to-use-request_uri-for-different-client"), async () => {
    const uri = (await client.pushUsual()).body["request_uri"];
    expect(isRefused(await other.bring(person, uri))).toBe(true);
  });

  test(name("par-attempt-invalid-http-method"), async () => {
    const answer = await fetch(String(provider.metadata["pushed_authorization_request_endpoint"]), { method: "PUT" });
    expect(answer.status).toBeGreaterThanOrEqual(400);
  });

  test(name("par-without-duplicate-parameters"), async () => {
    const uri = (await client.pushUsual()).body["request_uri"];
    expect((await client.bring(person, uri)).parameters.code).toBeDefined();
  });

  if (variant.clientAuth === "private_key_jwt") {
    const { issuer, token, par } = {
      issuer: () => provider.issuer,
      token: () => String(provider.metadata["token_endpoint"]),
      par: () => String(provider.metadata["pushed_authorization_request_endpoint"]),
    };
    test.each<[string, () => object]>([
      [
        "ensure-client-assertion-with-exp-is-5-minutes-in-past-fails",
        () => ({ exp: epoch() - 300, iat: epoch() - 360 }),
      ],
      ["ensure-client-assertion-with-wrong-aud-fails", () => ({ aud: "https://other.example" })],
      ["ensure-client-assertion-with-no-sub-fails", () => ({ sub: undefined })],
      ["par-endpoint-as-audience-fails", () => ({ aud: par() })],
      ["par-endpoint-as-array-audience-fails", () => ({ aud: [issuer(), token(), par()] })],
      ["par-token-endpoint-as-audience-fails", () => ({ aud: token() })],
      [
        "par-ensure-jwt-client-assertion-with-iat-nbf-over-60-seconds-in-the-future-fails",
        () => ({ iat: epoch() + 90, nbf: epoch() + 90, exp: epoch() + 300 }),
      ],
      ["ensure-client-assertion-without-jti-fails", () => ({ jti: undefined })],
    ])(`${name("")}%s`, async (_module, claims) => {
      const answer = await client.push(client.request(), {
        assertion: await client.assertion(claims() as Readonly<Record<string, unknown>>),
      });
      expect([answer.status, answer.body["error"]]).toEqual([401, "invalid_client"]);
    });

    test(name("par-ensure-jwt-client-assertion-with-iat-nbf-8-seconds-in-the-future-is-accepted"), async () => {
      const ahead = { iat: epoch() + 8, nbf: epoch() + 8 };
      expect((await client.push(client.request(), { assertion: await client.assertion(ahead) })).status).toBe(201);
    });

    test(name("ensure-client-assertion-in-token-endpoint"), async () => {
      const form = { client_assertion: undefined, client_assertion_type: undefined, client_id: client.clientId };
      const answer = await client.redeem(await codeOf(), { form });
      expect([answer.status, answer.body["error"]]).toEqual([401, "invalid_client"]);
    });

    test(name("ensure-signed-client-assertion-with-rs256-fails"), async () => {
      const weak = await fapiClient(provider, variant, { alg: "RS256" });
      expect((await weak.push(weak.request())).body["error"]).toBe("invalid_client");
    });

    test(name("ensure-matching-key-in-authorization-request"), async () => {
      const stranger = await newSigner("PS256", String(client.key.published.kid));
      const answer = await client.push(client.request(), { assertion: await client.assertion({}, {}, stranger) });
      expect(answer.body["error"]).toBe("invalid_client");
    });
  } else {
    test(name("ensure-client-certificate-in-token-endpoint"), async () => {
      const answer = await client.redeem(await codeOf(), { headers: other.connection });
      expect([answer.status, answer.body["error"]]).toEqual([401, "invalid_client"]);
    });
  }

  if (variant.sender === "dpop") {
    test(name("ensure-mismatched-dpop-jkt-fails"), async () => {
      const url = String(provider.metadata["pushed_authorization_request_endpoint"]);
      const headers = { dpop: await client.dpop.proof({ url }) };
      const answer = await client.push(client.request({ dpop_jkt: other.dpop.jkt }), { headers });
      expect(answer.status).toBe(400);
      expect(["invalid_request", "invalid_dpop_proof"]).toContain(answer.body["error"]);
    });

    test.each([
      ["ensure-token-endpoint-fails-with-mismatched-dpop-jkt", "jkt"],
      ["ensure-token-endpoint-fails-with-mismatched-dpop-proof-jkt", "proof"],
    ])(`${name("")}%s`, async (_module, by) => {
      const url = String(provider.metadata["pushed_authorization_request_endpoint"]);
      const pushed =
        by === "jkt"
          ? await client.push(client.request({ dpop_jkt: other.dpop.jkt }))
          : await client.push(client.request(), { headers: { dpop: await other.dpop.proof({ url }) } });
      const answer = await client.bring(person, pushed.body["request_uri"]);
      const tokens = await client.redeem(String(answer.parameters.code));
      expect([tokens.status, tokens.body["error"]]).toEqual([400, "invalid_grant"]);
    });

    test.each([
      ["ensure-dpop-auth-code-binding-success", "jkt"],
      ["ensure-dpop-proof-at-par-endpoint-binding-success", "proof"],
    ])(`${name("")}%s`, async (_module, by) => {
      const url = String(provider.metadata["pushed_authorization_request_endpoint"]);
      const pushed =
        by === "jkt"
          ? await client.push(client.request({ dpop_jkt: client.dpop.jkt }))
          : await client.push(client.request(), { headers: { dpop: await client.dpop.proof({ url }) } });
      const answer = await client.bring(person, pushed.body["request_uri"]);
      expect((await client.redeem(String(answer.parameters.code))).status).toBe(200);
    });

    const atToken = async (claims: Readonly<Record<string, unknown>>, by = client.dpop) => ({
      headers: {
        ...client.connection,
        dpop: await by.proof({ url: String(provider.metadata["token_endpoint"]) }, claims),
      },
    });
    test.each<[string, () => Readonly<Record<string, unknown>>]>([
      ["check-dpop-proof-nbf-exp", () => ({ nbf: epoch(), exp: epoch() + 300 })],
      ["ensure-dpop-proof-with-iat-10-seconds-before-succeeds", () => ({ iat: epoch() - 10 })],
      ["ensure-dpop-proof-with-iat-10-seconds-after-succeeds", () => ({ iat: epoch() + 10 })],
    ])(`${name("")}%s`, async (_module, claims) => {
      expect((await client.redeem(await codeOf(), await atToken(claims()))).status).toBe(200);
    });

    test(name("dpop-negative-tests"), async () => {
      const token = String((await client.redeem(await codeOf())).body["access_token"]);
      const url = String(provider.metadata["userinfo_endpoint"]);
      const proof = (claims: object = {}, header: object = {}, by = client.dpop) =>
        by.proof(
          { url, method: "GET", token },
          claims as Readonly<Record<string, unknown>>,
          header as Readonly<Record<string, unknown>>,
        );
      const weak = await newSigner("RS256");
      const same = await proof();
      const bad = [
        `${await proof()}, ${await proof()}`,
        "not-a-jwt",
        await proof({}, { typ: undefined }),
        await proof({}, { typ: "jwt" }),
        await proof({}, { jwk: undefined }),
        await proof({}, { jwk: client.dpop.privateJwk }),
        await proof({ jti: undefined }),
        await proof({ htm: undefined }),
        await proof({ htu: undefined }),
        await proof({ iat: undefined }),
        await proof({ ath: undefined }),
        await proof({ ath: client.thumb("another") }),
        await proof({ htm: "PUT" }),
        await proof({ htu: "https://other.example/userinfo" }),
        await proof({ iat: epoch() + 3_600 }),
        await proof({ iat: epoch() - 3_600 }),
        await proof({}, {}, other.dpop),
        await proof({}, {}, weak),
      ];
      for (const dpop of bad) expect((await client.userinfo(token, { headers: { dpop } })).status, dpop).toBe(401);
      expect((await client.userinfo(token, { scheme: "Bearer" })).status).toBe(401);
      expect((await client.userinfo(token, { headers: { dpop: same } })).status).toBe(200);
      expect((await client.userinfo(token, { headers: { dpop: same } })).status).toBe(401);
      for (const claims of [{ htu: `${url}?a=b#c` }, { extra: "claim" }]) {
        expect((await client.userinfo(token, { headers: { dpop: await proof(claims) } })).status).toBe(200);
      }
    });
  }
});

describe("fapi2-security-profile-final-test-plan", () => {
  test(name("discovery-end-point-verification"), () => {
    expect(provider.metadata).toMatchObject({
      issuer: provider.issuer,
      pushed_authorization_request_endpoint: expect.stringContaining(provider.issuer),
      authorization_response_iss_parameter_supported: true,
      code_challenge_methods_supported: ["S256"],
      tls_client_certificate_bound_access_tokens: true,
      token_endpoint_auth_methods_supported: expect.arrayContaining(["private_key_jwt", "self_signed_tls_client_auth"]),
      token_endpoint_auth_signing_alg_values_supported: expect.arrayContaining(["PS256", "ES256"]),
      dpop_signing_alg_values_supported: expect.arrayContaining(["PS256", "ES256", "EdDSA"]),
      id_token_signing_alg_values_supported: expect.arrayContaining(["PS256"]),
    });
    const { grant_types_supported: grants } = provider.metadata;
    expect(grants).toContain("authorization_code");
    expect(grants).not.toContain("password");
  });
});
