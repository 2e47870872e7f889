import { createPrivateKey, randomUUID } from "node:crypto";
import { SignJWT } from "jose";
import { expect, test } from "vitest";
import { issuer, openOidc } from "../../../../test/harness/oidc.ts";
import { describeOnBothDatabases } from "../../../../test/harness/store.ts";
import { applicationId, type ClientId } from "../../../kernel/ids.ts";
import { epochSeconds } from "../../../kernel/time.ts";
import { addApplicationKey } from "../../../modules/application/add-application-key.ts";
import { removeApplicationKey } from "../../../modules/application/remove-application-key.ts";

const assertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

describeOnBothDatabases("private_key_jwt (OpenID Connect Core §9, RFC 7523)", (open) => {
  const openKeys = async () => {
    const oidc = await openOidc(open);
    const addKey = async (application: string) => {
      const { result } = await oidc.run(addApplicationKey, oidc.as(oidc.owner), {
        projectId: oidc.projectId,
        applicationId: applicationId.parse(application),
        expiresAt: null,
      });
      return { keyId: result.keyId, key: createPrivateKey(result.keyFile.key) };
    };
    const api = await oidc.addApi("api", "private_key_jwt");
    const key = await addKey(api.applicationId);
    const now = () => epochSeconds(oidc.as(oidc.owner).now);
    type Claims = Readonly<Record<string, unknown>>;
    const sign = (client: ClientId, by: typeof key, more: Claims = {}, header: Claims = {}) =>
      new SignJWT({ iss: client, sub: client, aud: issuer, iat: now(), exp: now() + 300, jti: randomUUID(), ...more })
        .setProtectedHeader({ alg: "RS256", kid: by.keyId, ...header })
        .sign(by.key);
    const with_ = (assertion: string) => ({ client_assertion_type: assertionType, client_assertion: assertion });
    const introspect = async (assertion: string, more: Readonly<Record<string, string>> = {}) => {
      const answer = await oidc.post("/oauth/v2/introspect", { token: "at_1.x", ...with_(assertion), ...more });
      return answer.statusCode === 200 ? answer.json() : answer.json().error;
    };
    return { ...oidc, addKey, api, key, now, sign, with: with_, introspect };
  };
  const accepted = { active: false };
  const refused = "invalid_client";

  test("a client proves itself by its key at the token, introspection and revocation endpoints", async () => {
    const oidc = await openKeys();
    const app = await oidc.addApp("app", { authMethod: "private_key_jwt" });
    const [key, ada] = [await oidc.addKey(app.applicationId), await oidc.addUser("ada")];
    const { code } = await oidc.signInWith(app.clientId, ada);
    const tokens = await oidc.redeem(app.clientId, code, oidc.with(await oidc.sign(app.clientId, key)));
    expect(tokens.statusCode).toBe(200);
    const { access_token: token } = tokens.json();
    const asApi = async () => oidc.with(await oidc.sign(oidc.api.clientId, oidc.key));
    const asked = async () => (await oidc.post("/oauth/v2/introspect", { token, ...(await asApi()) })).json();
    expect(await asked()).toMatchObject({ active: true, sub: ada });
    const revoked = await oidc.post("/oauth/v2/revoke", {
      token,
      ...oidc.with(await oidc.sign(app.clientId, key, { aud: `${issuer}/oauth/v2/token` })),
    });
    expect(revoked.statusCode).toBe(200);
    expect(await asked()).toEqual({ active: false });
    const discovery = (await oidc.app.inject({ url: "/.well-known/openid-configuration" })).json();
    expect(discovery.token_endpoint_auth_methods_supported).toContain("private_key_jwt");
    expect(discovery.token_endpoint_auth_signing_alg_values_supported).toEqual(
      expect.arrayContaining(["RS256", "PS256", "ES256", "EdDSA", "HS256"]),
    );
  });

  test("an assertion with a jti works once, also when it comes many times at once", async () => {
    const oidc = await openKeys();
    const assertion = await oidc.sign(oidc.api.clientId, oidc.key);
    const answers = await Promise.all(Array.from({ length: 8 }, () => oidc.introspect(assertion)));
    expect(answers.filter((answer) => answer !== refused)).toEqual([accepted]);
    expect(await oidc.introspect(assertion)).toBe(refused);
  });

  test("without a jti equal assertions pass within the seconds in which ZITADEL's libraries make them, and then once", async () => {
    const oidc = await openKeys();
    const without = await oidc.sign(oidc.api.clientId, oidc.key, { jti: undefined });
    expect([await oidc.introspect(without), await oidc.introspect(without)]).toEqual([accepted, accepted]);
    oidc.pass(15);
    expect(await oidc.introspect(without)).toBe(refused);
    const older = await oidc.sign(oidc.api.clientId, oidc.key, { jti: undefined, iat: oidc.now() - 60 });
    expect([await oidc.introspect(older), await oidc.introspect(older)]).toEqual([accepted, refused]);
  });

  test("an assertion is the client's own, for us alone, and of now", async () => {
    const oidc = await openKeys();
    const hour = 3_600;
    const bad: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
      "another issuer": { iss: "other" },
      "no issuer": { iss: undefined },
      "another audience": { aud: "https://other.example" },
      "our audience and another": { aud: [issuer, "https://other.example"] },
      "no audience": { aud: undefined },
      expired: { iat: oidc.now() - 600, exp: oidc.now() - 300 },
      "no expiry": { exp: undefined },
      "valid for longer than an hour": { exp: oidc.now() + 2 * hour },
      "older than an hour": { iat: oidc.now() - 2 * hour },
      "of tomorrow": { iat: oidc.now() + 24 * hour, exp: oidc.now() + 25 * hour },
    };
    for (const [what, claims] of Object.entries(bad)) {
      const answer = await oidc.introspect(await oidc.sign(oidc.api.clientId, oidc.key, claims));
      expect([what, answer]).toEqual([what, refused]);
    }
    expect(await oidc.introspect(await oidc.sign(oidc.api.clientId, oidc.key, { aud: [issuer] }))).toEqual(accepted);
  });

  test("the key must be the client's and still there; nothing else stands in for it", async () => {
    const oidc = await openKeys();
    const other = await oidc.addApi("other", "private_key_jwt");
    const theirs = await oidc.addKey(other.applicationId);
    const { clientId } = oidc.api;
    expect(await oidc.introspect(await oidc.sign(clientId, theirs))).toBe(refused);
    const forged = { keyId: oidc.key.keyId, key: theirs.key };
    expect(await oidc.introspect(await oidc.sign(clientId, forged))).toBe(refused);
    expect(await oidc.introspect(await oidc.sign(clientId, oidc.key, {}, { kid: undefined }))).toBe(refused);
    const good = await oidc.sign(clientId, oidc.key);
    expect(await oidc.introspect(await oidc.sign(clientId, oidc.key, {}, { typ: "oauth-authz-req+jwt" }))).toBe(
      refused,
    );
    const tampered = good.replace(/.(?=[^.]{20}$)/, (char) => (char === "A" ? "B" : "A"));
    expect(await oidc.introspect(tampered)).toBe(refused);
    expect(await oidc.introspect("not.a.jwt")).toBe(refused);
    expect(await oidc.introspect(good, { client_id: other.clientId })).toBe(refused);
    expect(await oidc.introspect(good, { client_id: clientId, client_secret: "x" })).toBe("invalid_request");
    expect(await oidc.introspect(good, { client_id: clientId })).toEqual(accepted);

    const plain = await oidc.addApi("plain");
    const named = await oidc.sign(plain.clientId, oidc.key);
    expect(await oidc.introspect(named)).toBe(refused);
    const bare = await oidc.post("/oauth/v2/introspect", { token: "at_1.x", client_id: clientId });
    expect(bare.json().error).toBe(refused);

    await oidc.run(removeApplicationKey, oidc.as(oidc.owner), {
      projectId: oidc.projectId,
      applicationId: applicationId.parse(oidc.api.applicationId),
      keyId: oidc.key.keyId,
    });
    expect(await oidc.introspect(await oidc.sign(clientId, oidc.key))).toBe(refused);
  });
});
