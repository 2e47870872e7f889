import { generateKeyPairSync } from "node:crypto";
import { compactDecrypt, createLocalJWKSet, decodeProtectedHeader, jwtVerify } from "jose";
import { expect, test } from "vitest";
import type { z } from "zod";
import { issuer, openOidc } from "../../../../test/harness/oidc.ts";
import { describeOnBothDatabases } from "../../../../test/harness/store.ts";
import { answerSignatures } from "../../../modules/application/client-algorithms.events.ts";
import type { clientSettings } from "../../../modules/application/client-settings.events.ts";
import { setClientSettings } from "../../../modules/application/set-client-settings.ts";
import { halfHash } from "../../../platform/crypto/oauth.ts";

const encryption = generateKeyPairSync("rsa", { modulusLength: 2_048 });
const jwks = { keys: [{ ...encryption.publicKey.export({ format: "jwk" }), use: "enc", kid: "mine" }] };

describeOnBothDatabases("what clients are given signed and encrypted", (open) => {
  const openWithApp = async () => {
    const oidc = await openOidc(open);
    const [app, ada] = [await oidc.addApp("app"), await oidc.addUser("ada")];
    const set = (settings: z.input<typeof clientSettings>, applicationId = app.applicationId) =>
      oidc.run(setClientSettings, oidc.as(oidc.owner), { projectId: oidc.projectId, applicationId, settings });
    const tokens = async () => {
      const { code } = await oidc.signInWith(app.clientId, ada);
      return (await oidc.redeem(app.clientId, code)).json();
    };
    const keys = async () => createLocalJWKSet((await oidc.app.inject({ url: "/oauth/v2/keys" })).json());
    const verify = async (jwt: string, audience: string = app.clientId) =>
      jwtVerify(jwt, await keys(), { issuer, audience, currentDate: new Date(oidc.as(oidc.login).now / 1_000) });
    const decrypt = async (jwe: string) => {
      const { plaintext, protectedHeader } = await compactDecrypt(jwe, encryption.privateKey);
      expect(protectedHeader).toMatchObject({ cty: "JWT", kid: "mine" });
      return Buffer.from(plaintext).toString();
    };
    return { ...oidc, client: app, ada, set, tokens, verify, decrypt };
  };

  test("an ID token is signed with the algorithm that its application asks for, by a key that is published", async () => {
    const house = await openWithApp();
    for (const alg of answerSignatures) {
      await house.set({ idTokenSignedResponseAlg: alg });
      const { id_token, access_token } = await house.tokens();
      const { payload, protectedHeader } = await house.verify(id_token);
      expect(protectedHeader.alg).toBe(alg);
      expect(payload.at_hash).toBe(halfHash(alg, access_token));
    }
    await house.set({});
    expect(decodeProtectedHeader((await house.tokens()).id_token).alg).toBe("RS256");
  });

  test("an ID token is encrypted for its client alone, signed inside (Core §10.2)", async () => {
    const house = await openWithApp();
    await house.set({ idTokenEncryptedResponseAlg: "RSA-OAEP-256", idTokenEncryptedResponseEnc: "A256GCM", jwks });
    const { id_token } = await house.tokens();
    expect(id_token.split(".")).toHaveLength(5);
    const { payload } = await house.verify(await house.decrypt(id_token));
    expect(payload.sub).toBe(house.ada);
  });

  test("without a key to encrypt for, the client gets nothing rather than the plain token", async () => {
    const house = await openWithApp();
    await house.set({ idTokenEncryptedResponseAlg: "ECDH-ES", jwks });
    const { code } = await house.signInWith(house.client.clientId, house.ada);
    const answer = await house.redeem(house.client.clientId, code);
    expect([answer.statusCode, answer.json()]).toEqual([
      400,
      expect.not.objectContaining({ id_token: expect.anything() }),
    ]);
  });

  test("userinfo is signed, encrypted, or both, as the client has registered (Core §5.3.2)", async () => {
    const house = await openWithApp();
    const { access_token } = await house.tokens();
    expect((await house.userinfo(access_token)).json()).toMatchObject({ sub: house.ada });
    await house.set({ userinfoSignedResponseAlg: "ES256" });
    const signed = await house.userinfo(access_token);
    expect(signed.headers["content-type"]).toBe("application/jwt");
    const { payload, protectedHeader } = await house.verify(signed.body);
    expect([payload.sub, payload.email, protectedHeader.alg]).toEqual([house.ada, "ada@example.com", "ES256"]);
    await house.set({ userinfoEncryptedResponseAlg: "RSA-OAEP", jwks });
    const sealed = await house.userinfo(access_token);
    expect((await house.verify(await house.decrypt(sealed.body))).payload.sub).toBe(house.ada);
  });

  test("introspection answers in a JWT when asked (RFC 9701 §4, §5), which passes for no token", async () => {
    const house = await openWithApp();
    const api = await house.addApi("api");
    const { access_token } = await house.tokens();
    const basic = `Basic ${Buffer.from(`${api.clientId}:${api.secret}`).toString("base64")}`;
    const introspect = (token: string, accept: string) =>
      house.post("/oauth/v2/introspect", { token }, { authorization: basic, accept });
    const type = "application/token-introspection+jwt";
    expect((await introspect(access_token, "application/json")).json()).toMatchObject({ active: true });
    const answer = await introspect(access_token, type);
    expect(answer.headers["content-type"]).toBe(type);
    const { payload, protectedHeader } = await house.verify(answer.body, api.clientId);
    expect(protectedHeader.typ).toBe("token-introspection+jwt");
    expect(payload).toEqual({
      iss: issuer,
      aud: api.clientId,
      iat: expect.any(Number),
      token_introspection: expect.objectContaining({ active: true, sub: house.ada }),
    });
    expect((await house.userinfo(answer.body)).statusCode).toBe(401);
    const dead = await house.verify((await introspect("at_1.x", type)).body, api.clientId);
    expect(dead.payload["token_introspection"]).toEqual({ active: false });
    await house.set({ introspectionEncryptedResponseAlg: "RSA-OAEP-512", jwks }, api.applicationId);
    const sealed = await introspect(access_token, "*/*");
    const inside = await house.verify(await house.decrypt(sealed.body), api.clientId);
    expect(inside.payload["token_introspection"]).toMatchObject({ active: true });
  });
});
