import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import { issuer, openOidc } from "../../../test/harness/oidc.ts";
import { newSigner, setSettings } from "../../../test/harness/signer.ts";
import { describeOnBothDatabases } from "../../../test/harness/store.ts";

const day = 86_400;

describeOnBothDatabases("fapi2-security-profile-final-test-plan: what takes time", (open) => {
  const start = async () => {
    const oidc = await openOidc(open);
    const [client, ada] = [await oidc.addApp("app", { authMethod: "private_key_jwt" }), await oidc.addUser("ada")];
    const [key, dpop] = [await newSigner("PS256"), await newSigner("ES256")];
    const settings = { securityProfile: "fapi2_security", jwks: { keys: [key.published] } };
    await setSettings(oidc, client, settings);
    const now = () => Math.floor(oidc.as(oidc.login).now / 1_000_000);
    const proven = async () => ({
      client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
      client_assertion: await key.sign({
        iss: client.clientId,
        sub: client.clientId,
        aud: issuer,
        jti: randomUUID(),
        iat: now(),
        exp: now() + 60,
      }),
    });
    const bound = async () => ({ dpop: await dpop.proof({ url: `${issuer}/oauth/v2/token`, now: now() }) });
    const push = async () => {
      const answer = await oidc.post("/oauth/v2/par", { ...oidc.usual(client.clientId), ...(await proven()) });
      return String(answer.json().request_uri);
    };
    const bring = (uri: string) => oidc.authorize({ client_id: client.clientId, request_uri: uri });
    const codeOf = async () => (await oidc.answer(await bring(await push()), ada)).code;
    const redeem = async (code: string) => oidc.redeem(client.clientId, code, await proven(), await bound());
    const refresh = async (token: string) =>
      oidc.token({ grant_type: "refresh_token", refresh_token: token, ...(await proven()) }, await bound());
    return { ...oidc, push, bring, codeOf, redeem, refreshBound: refresh };
  };

  test("fapi2-security-profile-final-par-attempt-to-use-expired-request_uri", async () => {
    const oidc = await start();
    const uri = await oidc.push();
    oidc.pass(61);
    expect((await oidc.bring(uri)).body).toBe("page: request");
  });

  test("fapi2-security-profile-final-attempt-to-use-expired-auth-code", async () => {
    const oidc = await start();
    const code = await oidc.codeOf();
    oidc.pass(61);
    expect((await oidc.redeem(code)).json().error).toBe("invalid_grant");
  });

  test("a refresh token that is not rotated lives on with use, and ends with its grant", async () => {
    const oidc = await start();
    const { refresh_token: token } = (await oidc.redeem(await oidc.codeOf())).json();
    for (const days of [20, 20, 20, 20]) {
      oidc.pass(days * day);
      const answer = await oidc.refreshBound(token);
      expect([answer.statusCode, answer.json().refresh_token]).toEqual([200, undefined]);
    }
    oidc.pass(11 * day);
    expect((await oidc.refreshBound(token)).json().error).toBe("invalid_grant");
  });

  test("one that is not used ends by itself", async () => {
    const oidc = await start();
    const { refresh_token: token } = (await oidc.redeem(await oidc.codeOf())).json();
    oidc.pass(31 * day);
    expect((await oidc.refreshBound(token)).json().error).toBe("invalid_grant");
  });
});
