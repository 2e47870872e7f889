import * as client from "openid-client";
import { afterAll, beforeAll, expect, test } from "vitest";
import { callback, type Person, type Provider, visitor } from "../../harness/conformance.ts";
import { openFapiProvider } from "../../harness/fapi.ts";

let provider: Provider;
let person: Person;

beforeAll(async () => {
  provider = await openFapiProvider();
  person = await provider.addPerson();
});
afterAll(() => provider?.stop());

/** What openid-client needs of a client with a key: the key, and all that discovery says. */
const configured = async (settings: Readonly<Record<string, unknown>>) => {
  const { privateKey, publicKey } = await crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, true, [
    "sign",
    "verify",
  ]);
  const jwk = { ...(await crypto.subtle.exportKey("jwk", publicKey)), kid: "key", alg: "ES256", use: "sig" };
  const { key_ops: _ops, ext: _ext, ...published } = jwk;
  const made = await provider.addClient(
    { authMethodType: "OIDC_AUTH_METHOD_TYPE_PRIVATE_KEY_JWT" },
    {
      jwks: { keys: [published] },
      idTokenSignedResponseAlg: "ES256",
      authorizationSignedResponseAlg: "ES256",
      ...settings,
    },
  );
  const config = await client.discovery(
    new URL(provider.issuer),
    made.clientId,
    { id_token_signed_response_alg: "ES256", authorization_signed_response_alg: "ES256" },
    client.PrivateKeyJwt({ key: privateKey, kid: "key" }),
    { execute: [client.allowInsecureRequests] },
  );
  return { config, key: { key: privateKey, kid: "key" } };
};

const dpopOf = async (config: client.Configuration) =>
  client.getDPoPHandle(config, await client.randomDPoPKeyPair("ES256"));

/** The browser's part, ending at the client's own address. */
const signIn = async (to: URL): Promise<URL> => {
  const answer = await visitor(provider, person).authorize(Object.fromEntries(to.searchParams));
  const back = new URL(callback);
  for (const [name, value] of Object.entries(answer.parameters)) back.searchParams.set(name, value);
  return back;
};

test("openid-client goes through FAPI 2.0: key, pushed request, DPoP, refresh, userinfo, revocation", async () => {
  const { config } = await configured({ securityProfile: "fapi2_security" });
  const DPoP = await dpopOf(config);
  const [pkceCodeVerifier, expectedState, expectedNonce] = [
    client.randomPKCECodeVerifier(),
    client.randomState(),
    client.randomNonce(),
  ];
  const to = await client.buildAuthorizationUrlWithPAR(
    config,
    {
      redirect_uri: callback,
      scope: "openid email offline_access",
      code_challenge: await client.calculatePKCECodeChallenge(pkceCodeVerifier),
      code_challenge_method: "S256",
      state: expectedState,
      nonce: expectedNonce,
    },
    { DPoP },
  );
  expect([...to.searchParams.keys()].sort()).toEqual(["client_id", "request_uri"]);
  const checks = { pkceCodeVerifier, expectedState, expectedNonce, idTokenExpected: true };
  const tokens = await client.authorizationCodeGrant(config, await signIn(to), checks, undefined, { DPoP });
  expect(tokens.token_type).toBe("dpop");
  const sub = tokens.claims()?.sub ?? "";
  expect(await client.fetchUserInfo(config, tokens.access_token, sub, { DPoP })).toMatchObject({ sub });
  const again = await client.refreshTokenGrant(config, tokens.refresh_token ?? "", undefined, { DPoP });
  expect(await client.fetchUserInfo(config, again.access_token, sub, { DPoP })).toMatchObject({ sub });
  await client.tokenRevocation(config, tokens.refresh_token ?? "");
  await expect(client.fetchUserInfo(config, again.access_token, sub, { DPoP })).rejects.toThrow();
});

test("openid-client goes through message signing: signed request, signed answer", async () => {
  const { config, key } = await configured({ securityProfile: "fapi2_message_signing" });
  client.useJwtResponseMode(config);
  const DPoP = await dpopOf(config);
  const [pkceCodeVerifier, expectedState] = [client.randomPKCECodeVerifier(), client.randomState()];
  const parameters = new URLSearchParams({
    redirect_uri: callback,
    response_type: "code",
    response_mode: "jwt",
    scope: "openid",
    code_challenge: await client.calculatePKCECodeChallenge(pkceCodeVerifier),
    code_challenge_method: "S256",
    state: expectedState,
  });
  const signed = await client.buildAuthorizationUrlWithJAR(config, parameters, key, {
    [client.modifyAssertion]: (_header, payload) => {
      payload["exp"] = Number(payload["nbf"]) + 60;
    },
  });
  const to = await client.buildAuthorizationUrlWithPAR(
    config,
    { request: signed.searchParams.get("request") ?? "" },
    { DPoP },
  );
  const checks = { pkceCodeVerifier, expectedState };
  const tokens = await client.authorizationCodeGrant(config, await signIn(to), checks, undefined, { DPoP });
  expect(await client.fetchUserInfo(config, tokens.access_token, client.skipSubjectCheck, { DPoP })).toMatchObject({
    sub: person.userId,
  });
});
