import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { callback, openProvider, type Provider, requestOf, visitor } from "../harness/conformance.ts";

let provider: Provider;

beforeAll(async () => {
  provider = await openProvider();
});
afterAll(() => provider?.stop());

describe("oidcc-config-certification-test-plan", () => {
  test("oidcc-discovery-endpoint-verification: what must be there is, and says what the provider does", async () => {
    const { metadata, issuer } = provider;
    expect(issuer).toBe(provider.munot.url);
    expect((await fetch(`${issuer}/.well-known/openid-configuration`)).headers.get("content-type")).toMatch(
      /^application\/json/,
    );
    for (const name of ["authorization_endpoint", "token_endpoint", "userinfo_endpoint", "jwks_uri"]) {
      expect(String(metadata[name]).startsWith(`${issuer}/`), name).toBe(true);
    }
    expect(metadata).toMatchObject({
      response_types_supported: expect.arrayContaining([
        "code",
        "id_token",
        "id_token token",
        "code id_token",
        "code token",
        "code id_token token",
      ]),
      response_modes_supported: expect.arrayContaining(["query", "fragment", "form_post", "jwt"]),
      subject_types_supported: ["public", "pairwise"],
      id_token_signing_alg_values_supported: expect.arrayContaining(["RS256"]),
      scopes_supported: expect.arrayContaining(["openid"]),
      claims_parameter_supported: true,
      claims_supported: expect.arrayContaining(["sub", "acr", "auth_time", "c_hash"]),
      grant_types_supported: expect.arrayContaining(["authorization_code", "refresh_token"]),
      token_endpoint_auth_methods_supported: expect.arrayContaining(["client_secret_basic", "private_key_jwt"]),
      acr_values_supported: expect.arrayContaining(["phr"]),
      prompt_values_supported: expect.arrayContaining(["none", "login", "consent", "select_account", "create"]),
      authorization_response_iss_parameter_supported: true,
    });
  });

  test("oidcc-discovery-endpoint-verification: the keys are public, for signatures, each with its own id", () => {
    const { keys } = provider.jwks as { readonly keys: readonly Readonly<Record<string, string>>[] };
    expect(keys.length).toBeGreaterThan(0);
    expect(new Set(keys.map(({ kid }) => kid)).size).toBe(keys.length);
    for (const key of keys) {
      expect(key).toMatchObject({ use: "sig", kid: expect.any(String), alg: expect.any(String) });
      for (const secret of ["d", "p", "q", "dp", "dq", "qi", "k"]) expect(key).not.toHaveProperty(secret);
    }
  });
});

describe("oidcc-3rdparty-init-login-certification-test-plan", () => {
  const start = (query: Readonly<Record<string, string>>) =>
    fetch(`${provider.issuer}/oidc/v1/initiate_login?${new URLSearchParams(query)}`, { redirect: "manual" });

  test("oidcc-3rd_party-init-login: the application is sent our issuer, and signs the person in with it", async () => {
    const initiateLoginUri = "https://rp.example/start?from=portal";
    const client = await provider.addClient({}, { initiateLoginUri });
    const begun = await start({
      client_id: client.clientId,
      login_hint: "vera",
      target_link_uri: "https://rp.example/orders/7",
    });
    expect(begun.status).toBe(303);
    const url = new URL(begun.headers.get("location") ?? "");
    expect(url.origin + url.pathname).toBe("https://rp.example/start");
    expect(Object.fromEntries(url.searchParams)).toEqual({
      from: "portal",
      iss: provider.issuer,
      login_hint: "vera",
      target_link_uri: "https://rp.example/orders/7",
    });
    const person = await provider.addPerson();
    const answer = await visitor(provider, person).authorize(requestOf(client, { login_hint: person.userName }));
    expect(answer).toMatchObject({ by: "query", parameters: { iss: provider.issuer, code: expect.any(String) } });
  });

  test("oidcc-3rd_party-init-login-nohttps: an initiate_login_uri of plain http is refused", async () => {
    await expect(provider.addClient({}, { initiateLoginUri: "http://rp.example/start" })).rejects.toThrow("initiate");
  });

  test("no application, or one without an initiate_login_uri, is a page and never a redirect", async () => {
    const client = await provider.addClient();
    for (const query of [
      {},
      { client_id: "unknown" },
      { client_id: client.clientId, target_link_uri: callback },
      { target_link_uri: "https://evil.example/" },
    ]) {
      const answer = await start(query);
      expect([answer.status, answer.headers.get("location")]).toEqual([400, null]);
    }
  });
});
